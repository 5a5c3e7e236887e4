# shellcheck shell=bash
# A store that was set aside, as far as reading it goes.
barograph backup barograph.db.corrupt-20261121T105500Z
