#!/usr/bin/env bash
# Makes a model of what models/on_gpu.sh wrote, and installs it if it is better than the shipped one.
#
#   models/after_gpu.sh WEIGHTS PACKED DATA
#
# The training without the development parts is calibrated on them, and the one with them takes that calibration. Needs
# bioweft with the extra `train`, and the corpora in DATA. Commit the model only after reading what the comparison says.
set -euo pipefail
weights=$(realpath "$1") packed=$(realpath "$2") data=$(realpath "$3")
cd "$(dirname "$0")/.."
name=huner6
work=$(mktemp -d)

bioweft train join "$weights" plain --packed "$packed" --output "$work/plain/$name"
bioweft train calibrate "$work/plain/$name" --data "$data"
bioweft train join "$weights" all --packed "$packed" --output "$work/all/$name" --like "$work/plain/$name"
if python benchmarks/models.py "models/$name" "$work/all/$name" --plain "$work/plain/$name" --data "$data"; then
    cp "$work/all/$name"/{model.onnx,model.json,tokenizer.json} "$work/plain/$name/reliability.png" "models/$name/"
    echo "models/$name is the new model: read its card again, and run benchmarks/recognition.py --part test"
else
    echo "models/$name stays; the new model is in $work/all/$name"
fi
