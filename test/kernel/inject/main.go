// Command inject is the packet side of the kernel tests. It crafts packets from any source, so that thousands of
// knockers fit on one cable, and reports what a host answers to each.
//
//	inject run CPU < plan.json > report.json
//	inject flood CPU < plan.json > report.json
//	inject race < plan.json                            two packets at once, by two CPUs
//	inject listen tcp/22 tcp/192.0.2.10:80 udp/53      until its input ends
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "inject:", err)
		os.Exit(1)
	}
}

func command(arguments []string) error {
	if len(arguments) == 2 && arguments[0] == "run" {
		return answer(arguments[1], run)
	}
	if len(arguments) == 2 && arguments[0] == "flood" {
		return answer(arguments[1], flood)
	}
	if len(arguments) == 1 && arguments[0] == "race" {
		var plan Race
		if err := json.NewDecoder(os.Stdin).Decode(&plan); err != nil {
			return err
		}
		return plan.run()
	}
	if len(arguments) > 1 && arguments[0] == "listen" {
		return listen(arguments[1:])
	}
	return fmt.Errorf("usage: inject run CPU | inject flood CPU | inject race | inject listen tcp/[ADDRESS:]PORT udp/[ADDRESS:]PORT …")
}

// answer reads a plan, carries it out on a CPU of that number, and reports.
func answer[Plan, Report any](number string, do func(int, Plan) (Report, error)) error {
	cpu, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	var plan Plan
	if err := json.NewDecoder(os.Stdin).Decode(&plan); err != nil {
		return err
	}
	report, err := do(cpu, plan)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}
