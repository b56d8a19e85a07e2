"""A tokenizer of a few words and a network of a few numbers."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from bioweft.tag.features import Words

if TYPE_CHECKING:
    from bioweft.train.examples import Example, Examples
    from bioweft.train.network import Network
    from bioweft.train.tagger import TrainingSettings

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] gene ##s binds mice sanirin fever in the . - ( ) a ##b ##c ##1 abc1 rx2".split()


@cache
def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", WORDS.index("[CLS]")), ("[SEP]", WORDS.index("[SEP]"))]
    )
    return made


def words() -> Words:
    return Words(tokenizer())


def network(layers: int = 1) -> "Network":
    import torch
    from transformers import BertConfig, BertModel

    from bioweft.train.examples import LABELS
    from bioweft.train.network import Network, NetworkSettings

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=32,
        hidden_dropout_prob=0.1, attn_implementation="eager",
    )  # fmt: skip
    return Network(
        BertModel(config, add_pooling_layer=False),
        NetworkSettings(labels=LABELS, guidelines=("One", "Two"), characters=8, guideline=4, hidden=16),
    )


def encoded(sentences: "Sequence[Example]") -> "Examples":
    from bioweft.train.examples import LABELS, encode

    return encode(sentences, tokenizer(), LABELS)


def trained(
    sentences: "Sequence[Example]", settings: "TrainingSettings", folder: Path, network_: "Network | None" = None
) -> "Network":
    from bioweft.train.tagger import train

    return train(encoded(sentences), network_ or network(), WORDS.index("[MASK]"), settings, folder)
