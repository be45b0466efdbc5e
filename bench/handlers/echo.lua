-- Sends each line back.
io.stdout:setvbuf("line")
for line in io.lines() do
	io.write(line, "\n")
end
