// Package cuda holds, as text, the CUDA C++ that a generated engine carries: runtime/, the ground that any kernel stands
// on, and kernels/, the tiles that kernels are made of.
//
// It must not know a model, nor a block's name: what differs between kernels goes in through functors.
//
// One source, three compilers. nvcc compiles it for a device. clang makes PTX of it with no CUDA toolkit (runtime/bare.h).
// Any C++17 compiler makes a program that runs every thread, barrier, tensor-core product and asynchronous copy on a CPU
// (runtime/shim.h), where asynchronous work completes as late as the rules allow, over poisoned memory; so kernels are
// tested, and planted mistakes are caught, on machines without a device. The shim proves what the manual says, not how
// fast a device is, nor the last bits of its approximations.
package cuda
