// Sends back what comes.
process.stdin.on('data', (data) => process.stdout.write(data));
