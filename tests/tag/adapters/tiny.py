"""A BERT of a few numbers that knows a few words by heart."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] abc1 binds sanirin in the breast can ##cer . - fever".split()

TAGS = ("O", "B-Disease", "I-Disease", "B-Chemical")

PHRASES = ["abc1", "binds", "sanirin", "in", "the", "breast cancer", "-", "fever", "."]
TAGGED = {"sanirin": 3, "fever": 1, "breast": 1, "cancer": 2}


def bert(folder: Path) -> None:
    """Save a tokenizer and a BERT without a head."""
    import torch
    from transformers import BertModel

    torch.manual_seed(0)
    BertModel(_config(64), add_pooling_layer=False).save_pretrained(folder)
    _tokenizer(64).save_pretrained(folder)


def classifier(folder: Path, *, positions: int = 64, longest: int | None = None, tags: Sequence[str] = TAGS) -> None:
    """Save a token classifier trained on sentences of the phrases in any order."""
    import torch
    from transformers import BertForTokenClassification

    torch.manual_seed(0)
    config = _config(positions)
    config.id2label = dict(enumerate(tags))
    config.label2id = {tag: number for number, tag in enumerate(tags)}
    model = BertForTokenClassification(config)
    tokenizer = _tokenizer(longest)
    draw = random.Random(0)
    sentences = [" ".join(draw.choices(PHRASES, k=8)) for _ in range(64)]
    batch = tokenizer(sentences, padding=True, truncation=True, max_length=16, return_tensors="pt",
                      return_offsets_mapping=True)  # fmt: skip
    offsets = batch.pop("offset_mapping").tolist()
    gold = torch.full(batch["input_ids"].shape, -100)
    for row, (text, places) in enumerate(zip(sentences, offsets, strict=True)):
        for column, (start, end) in enumerate(places):
            if start < end and (not start or text[start - 1] == " "):
                gold[row, column] = TAGGED.get(text[start:].split(" ")[0], 0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        model(**batch, labels=gold).loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _config(positions: int) -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, max_position_embeddings=positions,
    )  # fmt: skip


def _tokenizer(longest: int | None) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", WORDS.index("[CLS]")), ("[SEP]", WORDS.index("[SEP]"))]
    )
    options = {} if longest is None else {"model_max_length": longest}
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", **options,
    )  # fmt: skip
