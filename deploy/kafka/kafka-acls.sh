#!/bin/sh
# The rights of each program of Linewatch and no others, as Kafka's kafka-acls.sh takes them (docs/kafka-security.md).
# Each program is a user of its own. Give the place and the security of your administrator:
#   KAFKA_ACLS="kafka-acls.sh --bootstrap-server broker:9092 --command-config admin.properties" deploy/kafka/kafka-acls.sh
# Other topics or groups: IMAGES=… VERDICTS=… DEAD_LETTER=… REVIEWS=… PARTS=… GROUP=… PARTS_GROUP=…
set -eu
IMAGES="${IMAGES:-inspection.images}" VERDICTS="${VERDICTS:-inspection.verdicts}"
DEAD_LETTER="${DEAD_LETTER:-inspection.dead-letter}" REVIEWS="${REVIEWS:-inspection.reviews}" GROUP="${GROUP:-linewatch}"
PARTS="${PARTS:-inspection.parts}" PARTS_GROUP="${PARTS_GROUP:-linewatch.parts}"

allow() { # user operation resource...
    user="$1" operation="$2"
    shift 2
    ${KAFKA_ACLS:-echo} --add --allow-principal "User:$user" --operation "$operation" "$@"
}

# The camera, or whatever sends images.
allow camera Write --topic "$IMAGES"

# linewatch send: its journal's number is an offset on the topic
allow send Write --topic "$IMAGES"
allow send Read --topic "$IMAGES"
allow send Read --group linewatch-send- --resource-pattern-type prefixed
allow send Write --transactional-id linewatch-send- --resource-pattern-type prefixed

# linewatch run; linewatch skip, which needs no verdicts
allow run Read --topic "$IMAGES"
allow run Read --group "$GROUP"
allow run Write --topic "$VERDICTS"
allow run Write --topic "$DEAD_LETTER"
allow run Write --transactional-id "$GROUP-" --resource-pattern-type prefixed

# linewatch review
allow review Read --topic "$IMAGES"
allow review Read --topic "$VERDICTS"
allow review Read --topic "$REVIEWS"
allow review Write --topic "$REVIEWS"

# linewatch-train collect, retrain, recalibrate and backtest; linewatch escapes (which needs no images)
allow collect Read --topic "$IMAGES"
allow collect Read --topic "$VERDICTS"
allow collect Read --topic "$REVIEWS"

# linewatch follow; the group is needed for --webhook alone
allow follow Read --topic "$VERDICTS"
allow follow Read --group linewatch-webhook- --resource-pattern-type prefixed

# linewatch parts
allow parts Read --topic "$VERDICTS"
allow parts Read --group "$PARTS_GROUP"
allow parts Write --topic "$PARTS"
allow parts Write --transactional-id "$PARTS_GROUP-" --resource-pattern-type prefixed

# linewatch topics, once
for topic in "$IMAGES" "$VERDICTS" "$DEAD_LETTER" "$REVIEWS" "$PARTS"; do
    allow topics Create --topic "$topic"
done
