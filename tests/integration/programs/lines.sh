# Answers each line in angle brackets, after a child of its own.
left=$(echo '<')
while read -r line; do
	echo "$left$line>"
done
