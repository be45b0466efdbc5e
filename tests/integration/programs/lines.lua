-- Answers each line in angle brackets.
io.stdout:setvbuf("line")
for line in io.lines() do
	print("<" .. line .. ">")
end
