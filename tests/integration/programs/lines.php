<?php
// Answers each line in angle brackets.
while (($line = fgets(STDIN)) !== false) {
	echo '<' . rtrim($line) . ">\n";
}
