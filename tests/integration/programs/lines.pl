# Answers each line in angle brackets.
use strict;
use warnings;
use POSIX ();
use Socket ();

$| = 1;
while (my $line = <STDIN>) {
	chomp $line;
	print "<$line>\n";
}
