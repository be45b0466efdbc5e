# Sends each line back.
$stdout.sync = true
while (line = $stdin.gets)
  $stdout.write(line)
end
