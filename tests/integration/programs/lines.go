// lines -- answers each line in angle brackets, with the threads that Go always has
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Printf("<%s>\n", lines.Text())
	}
}
