# Sends each line back; a few modules, as a small service has them.
use strict;
use warnings;
use Data::Dumper;
use List::Util qw(sum);
use POSIX qw(strftime);
use Socket;

$| = 1;
while (my $line = <STDIN>) {
	print $line;
}
