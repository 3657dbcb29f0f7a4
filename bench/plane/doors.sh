# shellcheck shell=sh
# Puts doors on a host of the world as a host has them that boots with them: merged one by one, loaded, read back as a confirm
# stores them, and loaded again as boot.sh does. Follows the functions of apply.sh, with VARIANT (nft, legacy), DOORS (their
# ids), FOLDER, which has the documents of each as ID.4 and ID.6, and MORE, the id of one that is not put there. Leaves
# known.6, all.4 and all.6, what boot.sh loads, and more.4 and more.6, what apply.sh loads for MORE then.

# name_tool FAMILY: the tools of the variant.
name_tool() {
  # shellcheck disable=SC2034 # read by save and restore
  if [ "$1" = 6 ]; then TOOL=ip6tables-$VARIANT; else TOOL=iptables-$VARIANT; fi
}

# stored FAMILY: what a boot would find.
stored() {
  cat "$FOLDER/rules.$1"
}

# merged FAMILY: the rules of all doors.
merged() {
  shared=
  for ID in $DOORS; do
    after=$(merge_door "$1" "$shared" "$(cat "$FOLDER/$ID.$1")") || exit 1
    printf '%s\n' "$after" | grep -E "^(:|-A )PK-$ID"
    shared=$(printf '%s\n' "$after" | grep -vE "^(:|-A )PK-$ID")
  done
  printf '%s\n' "$shared"
}

for family in 4 6; do
  document=$(transition '' '' "$(merged "$family")") && restore "$family" "$document" && held "$family" || exit 1
  printf '%s\n' "$OWNED" >"$FOLDER/rules.$family"
done
# Lists go with the last rule that names them, so they are made anew in the order of a boot.
for family in 4 6; do
  name_tool "$family"
  printf '*filter\nCOMMIT\n' | "$TOOL-restore"
done
stored 6 | known_document 6 >"$FOLDER/known.6"
make_known 6 || exit 1
for family in 4 6; do
  held "$family" && transition '' "$OWNED" "$(stored "$family")" >"$FOLDER/all.$family" || exit 1
  restore "$family" "$(cat "$FOLDER/all.$family")" && held "$family" || exit 1
  ID=$MORE
  after=$(merge_door "$family" "$OWNED" "$(cat "$FOLDER/$ID.$family")") || exit 1
  transition "$ID" "$OWNED" "$after" >"$FOLDER/more.$family"
done
