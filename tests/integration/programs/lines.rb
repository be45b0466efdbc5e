# Answers each line in angle brackets.
require 'json'

$stdout.sync = true
$stdin.each_line { |line| puts "<#{line.chomp}>" }
