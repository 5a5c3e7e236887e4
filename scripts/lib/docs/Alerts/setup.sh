# shellcheck shell=bash
# Until the alert fires.
for _ in {1..100}; do
  barograph alerts list | tee said | grep -q ErrorRate && break
  sleep 0.1
done
cat said
