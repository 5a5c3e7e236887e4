# shellcheck shell=bash
# A store with damaged pages, as it is set aside.
for number in {1..2000}; do
  printf '{"message":"%0300d","event_id":"%d"}\n' "$number" "$number"
done |
  curl -H 'Content-Type: application/x-ndjson' --data-binary @- localhost:4318/v1/events
barograph backup barograph.db.corrupt-20261121T105500Z
for page in 40 60 80; do
  dd if=/dev/urandom of=barograph.db.corrupt-20261121T105500Z bs=4096 seek="$page" count=1 \
    conv=notrunc status=none
done
