package cuda

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What device/run asks for beside the trials.
var (
	record   = flag.Bool("record", false, "record what the wrappers answer on this device")
	sanitize = flag.Bool("sanitize", false, "run each subject's first trials under compute-sanitizer")
)

// TestDevice runs the trials of TestKernels on a device, where there is one with NVIDIA's compiler: the same sources, the
// same requests, the same bounds. It is what holds the shim to the hardware.
func TestDevice(t *testing.T) {
	nvcc, err := exec.LookPath("nvcc")
	if err != nil {
		t.Skip("no nvcc: nothing runs on a device")
	}
	said, err := exec.Command("nvidia-smi", "--query-gpu=compute_cap,name", "--format=csv,noheader").Output()
	if err != nil {
		t.Skip("no device that nvidia-smi knows")
	}
	capability, name, _ := strings.Cut(strings.TrimSpace(strings.SplitN(string(said), "\n", 2)[0]), ", ")
	number := strings.ReplaceAll(capability, ".", "")
	if number == "90" {
		number = "90a"
	}
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			if s.name == hopperProduct.name && number != "90a" {
				t.Skip("no Hopper")
			}
			p := compileForDevice(t, nvcc, number, s)
			if *sanitize {
				sanitized(t, p, s.trials())
				return
			}
			if err := p.tries(0, s.trials(), "device"); err != nil {
				t.Error(err)
			}
			if *record && s.name == wrappers.name {
				recordAnswers(t, p, name, number)
			}
		})
	}
}

func compileForDevice(t *testing.T, nvcc, number string, s subject) program {
	t.Helper()
	text, err := s.text()
	if err != nil {
		t.Fatal(err)
	}
	p := program{path: filepath.Join(buildDir, s.name+"_device")}
	source := p.path + ".cu"
	if err := os.WriteFile(source, []byte(unit(text, nil)), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nvcc, "-std=c++17", "-O3", "-lineinfo", "-diag-suppress", "177", "-gencode", "arch=compute_"+number+",code=sm_"+number,
		"-Iruntime", "-Itestdata", source, "-o", p.path)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return p
}

// sanitized runs a subject's trials under each tool: a wrong address, memory that two threads use without a barrier
// between, a barrier that some miss.
func sanitized(t *testing.T, p program, trials []trial) {
	t.Helper()
	sanitizer, err := exec.LookPath("compute-sanitizer")
	if err != nil {
		t.Fatal("no compute-sanitizer")
	}
	for _, tool := range []string{"memcheck", "racecheck", "synccheck"} {
		under := p
		under.under = []string{sanitizer, "--tool", tool, "--error-exitcode", "9", "--log-file", p.path + ".log"}
		if err := under.tries(0, trials[:min(2, len(trials))], "device"); err != nil {
			said, _ := os.ReadFile(p.path + ".log")
			t.Errorf("%s: %v\n%s", tool, err, said)
		}
	}
}

// answers are what the wrappers gave on a device, for the inputs of answerTrial: bits of conversions as hexadecimal
// numbers, functions as numbers in full.
type answers struct {
	Device, Arch string
	Narrowed     []uint16
	Widened      []uint32
	Functions    []float32
	Exchanged    []float32
}

// answerTrial is 512 of the inputs of the wrappers' trial; its check takes the answers.
func answerTrial(into *answers) trial {
	all := conversionBits()
	bits := make([]uint32, 512)
	for i := range bits {
		bits[i] = all[i*len(all)/len(bits)]
	}
	x := random(5, len(bits))
	return trial{"answers", []int{len(bits)}, []any{bits, x}, func(out []byte) (err error) {
		if into.Narrowed, err = take[uint16](&out, 4*len(bits)); err != nil {
			return err
		}
		widened, err := take[int32](&out, 2*len(bits))
		if err != nil {
			return err
		}
		for _, w := range widened {
			into.Widened = append(into.Widened, uint32(w))
		}
		if into.Functions, err = take[float32](&out, 8*len(bits)); err != nil {
			return err
		}
		into.Exchanged, err = take[float32](&out, 96)
		return err
	}}
}

func recordAnswers(t *testing.T, p program, device, arch string) {
	t.Helper()
	a := answers{Device: device, Arch: "sm_" + arch}
	if err := p.tries(0, []trial{answerTrial(&a)}, "device"); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata/device", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/device/"+a.Arch+".json", append(text, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestAnswers holds the shim to what devices recorded: conversions and exchanges to the bit, functions within both
// approximations.
func TestAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/device/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no device has recorded its answers")
	}
	var shim answers
	if err := build(t, wrappers).tries(0, []trial{answerTrial(&shim)}, "rising"); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var device answers
		if err := json.Unmarshal(text, &device); err != nil {
			t.Fatal(err)
		}
		if err := shim.differs(device); err != nil {
			t.Errorf("%s, %s: %v", name, device.Device, err)
		}
	}
}

func (a answers) differs(b answers) error {
	if len(a.Narrowed) != len(b.Narrowed) || len(a.Widened) != len(b.Widened) || len(a.Functions) != len(b.Functions) {
		return fmt.Errorf("answers of another trial")
	}
	for i, x := range a.Narrowed {
		if x != b.Narrowed[i] {
			return fmt.Errorf("conversion %d narrows to %04x, on the device to %04x", i, x, b.Narrowed[i])
		}
	}
	for i, x := range a.Widened {
		f, g := math.Float32frombits(x), math.Float32frombits(b.Widened[i])
		if x != b.Widened[i] && (f == f || g == g) {
			return fmt.Errorf("conversion %d widens to %g, on the device to %g", i, f, g)
		}
	}
	for i, x := range a.Functions {
		bound := 0x1p-20
		if i%8 == 4 { // tanh_coarse
			bound = 0x1p-10
		}
		if err := near("function", i, float64(x), float64(b.Functions[i]), bound*max(1, math.Abs(float64(x)))); err != nil {
			return err
		}
	}
	for i, x := range a.Exchanged {
		if x != b.Exchanged[i] {
			return fmt.Errorf("exchange %d gives %g, on the device %g", i, x, b.Exchanged[i])
		}
	}
	return nil
}

// TestAnswersDiffer: what the shim says of itself is accepted, and each kind of answer is looked at.
func TestAnswersDiffer(t *testing.T) {
	var a answers
	p := build(t, wrappers)
	if err := p.tries(0, []trial{answerTrial(&a)}, "rising"); err != nil {
		t.Fatal(err)
	}
	if err := a.differs(a); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(b *answers){
		"narrowed":  func(b *answers) { b.Narrowed[3] ^= 1 },
		"widened":   func(b *answers) { b.Widened[2] ^= 1 << 20 },
		"function":  func(b *answers) { b.Functions[9] *= 1.0001 },
		"exchanged": func(b *answers) { b.Exchanged[1]++ },
		"too few":   func(b *answers) { b.Functions = b.Functions[1:] },
	} {
		var b answers
		if err := p.tries(0, []trial{answerTrial(&b)}, "rising"); err != nil {
			t.Fatal(err)
		}
		if change(&b); a.differs(b) == nil {
			t.Errorf("%s: nothing shows it", name)
		}
	}
}
