# Answers each line in angle brackets.
fconfigure stdout -buffering line -translation lf
while {[gets stdin line] >= 0} {
	puts "<$line>"
}
