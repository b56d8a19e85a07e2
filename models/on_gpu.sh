#!/usr/bin/env bash
# Trains the tagger on one GPU within a number of minutes: adapts the encoder to the literature, trains taggers from it
# with two seeds, each with and without the development parts, and writes their means to carry away.
#
#   models/on_gpu.sh PACKED OUTPUT [MINUTES [START]]
#
# PACKED comes from `bioweft train pack`; START is the model to begin from, `none` for weights at random. Needs PyTorch,
# transformers, safetensors and this repository, which need not be installed. models/after_gpu.sh makes a model of OUTPUT.
# If PACKED comes from `bioweft train pack-relations`, the relation network is trained on the encoder of START instead;
# `bioweft train relations --steps 0 --start OUTPUT/relations` makes a model of that.
# A further network adds its own packed file and its own step.
set -euo pipefail
packed=$1 output=$2 minutes=${3:-9} start=${4:-models/huner6}
cd "$(dirname "$0")/.."
export PYTHONPATH=pipeline PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1
from=$([ "$start" = none ] || echo "--start $start")
runs=$(mktemp -d)
started=$SECONDS
mkdir -p "$output"
exec > >(tee "$output/log.txt") 2>&1

left() { # minutes that are left when $1 seconds are kept for what comes after
    python3 -c "print(max(0.05, ($minutes * 60 - ($SECONDS - $started) - $1) / 60))"
}

train() { python3 -m bioweft train "$@"; }

if [ -f "$packed/relations.zip" ]; then
    train relations --packed "$packed" --encoder "$start" --output "$output/relations" \
        --minutes "$(left "${GATHER_SECONDS:-60}")" --batch "${RELATIONS_BATCH:-8192}" --rate "${RELATIONS_RATE:-1e-4}"
    rm -rf "$output/relations/training"
    echo "done after $((SECONDS - started)) s"
    ls -l "$output/relations"
    exit
fi

encoder_minutes=$(python3 -c "print($minutes * ${ENCODER_SHARE:-0.3})")
train encoder --packed "$packed" $from --output "$runs/encoder" --minutes "$encoder_minutes" \
    --batch "${ENCODER_BATCH:-32768}" --rate 3e-4 --dropout 0.1 || echo "the encoder failed: it stays as it was"
adapted=$([ ! -f "$runs/encoder/network.safetensors" ] || echo "--encoder $runs/encoder")
echo "encoder adapted after $((SECONDS - started)) s"

# All at once: each waits for its processor much of the time, and the GPU does what the others ask meanwhile. The word
# embeddings stay as the encoder has them, so that all taggers share them.
tagger_minutes=$(left "${GATHER_SECONDS:-90}")
jobs=()
for seed in 1 2; do
    for variant in plain all; do
        with_dev=$([ $variant = all ] && echo --with-dev || true)
        train tagger --packed "$packed" $from $adapted --output "$runs/$variant-$seed" \
            --minutes "$tagger_minutes" --seed $seed --batch "${TAGGER_BATCH:-16384}" --rate 2.5e-4 --dropout 0.1 \
            --hide 0.1 --frozen 0 $with_dev > "$runs/$variant-$seed.log" 2>&1 &
        jobs+=($!)
    done
done
for job in "${jobs[@]}"; do wait "$job" || echo "a tagger failed"; done
tail -n 4 "$runs"/*.log
echo "taggers trained after $((SECONDS - started)) s"

finished=()
for variant in plain all; do
    for seed in 1 2; do
        [ -f "$runs/$variant-$seed/network.safetensors" ] && finished+=("$variant=$runs/$variant-$seed")
    done
done
train gather "${finished[@]}" --packed "$packed" --output "$output"
echo "done after $((SECONDS - started)) s"
ls -l "$output"
