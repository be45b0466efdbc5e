<?php
// Sends each line back.
while (($line = fgets(STDIN)) !== false) {
	fwrite(STDOUT, $line);
}
