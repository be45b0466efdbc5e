# For dash and bash: sends each line back.
while IFS= read -r line; do
	printf '%s\n' "$line"
done
