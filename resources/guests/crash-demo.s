# Ends badly in the way that is asked for: by a key, or without asking by the first character of the load
# parameter. It says what it is about to do and what the machine should then be seen to do.
        .include "lowcore.inc"
        .include "sclp.inc"

        .equ    READ_INFORMATION, 0x00020001
        .equ    LOAD_PARAMETER, 24      # byte of the answer, EBCDIC
        .equ    CRASH_CODE, 0x0dead1

        .globl  _start
_start: brasl   %r14,console_open
        PRINT   "How shall this machine end?"
        PRINT   "  1  disabled wait, crash code 0dead1"
        PRINT   "  2  loop of program interruptions"
        PRINT   "  3  operation exception, reported by the handler's disabled wait"
        PRINT   "  4  loop of external interruptions"
        PRINT   "  5  program new PSW that is invalid itself"
        PRINT   "  q  no crash: stop"
        iilf    %r2,READ_INFORMATION
        larl    %r3,read_block
        lhi     %r4,4096
        sth     %r4,0(%r3)
        brasl   %r14,service_call
        larl    %r3,read_block
        llgc    %r2,LOAD_PARAMETER(%r3)
        aghi    %r2,-0xc0               # EBCDIC digit to ASCII
        cghi    %r2,'1'
        jl      ask
        cghi    %r2,'5'
        jh      ask
        PRINT   "The load parameter has chosen."
        j       choose
ask:    brasl   %r14,read_key
choose: cghi    %r2,'1'
        je      disabled_wait
        cghi    %r2,'2'
        je      program_loop
        cghi    %r2,'3'
        je      operation_exception
        cghi    %r2,'4'
        je      external_loop
        cghi    %r2,'5'
        je      invalid_psw
        cghi    %r2,'q'
        jne     ask
        PRINT   "Stopping in good order."
        j       stop_self

disabled_wait:
        PRINT   "Loading a disabled-wait PSW: address 0dead1 is the crash code."
        larl    %r1,crash_psw
        lpswe   0(%r1)

# The program new PSW points to an invalid operation: every interruption causes the next.
program_loop:
        PRINT   "Program new PSW now points to an invalid operation: program interruptions without end."
        larl    %r2,invalid_operation
        stg     %r2,0x1d8
invalid_operation:
        .short  0

operation_exception:
        PRINT   "Executing an invalid operation: expect a disabled wait at 00e001."
        .short  0

# The clock comparator stays in the past and the external new PSW is enabled: the interruption comes again
# before one instruction is done.
external_loop:
        PRINT   "External new PSW is open for the interruption it handles: external interruptions without end."
        larl    %r1,past
        sckc    0(%r1)
        llill   %r4,CR0_COMPARATOR
        stg     %r4,NEW_CR0
        larl    %r1,open_psw
        mvc     0x1b0(16),0(%r1)
        lctlg   %c0,%c0,NEW_CR0
        lpswe   0(%r1)
here_forever:
        j       here_forever

# Bit 12 of a 16-byte PSW must be 0; with it in the program new PSW no program interruption can be completed.
invalid_psw:
        PRINT   "Program new PSW is invalid: the interruption it should handle cannot be completed."
        larl    %r1,bad_psw
        mvc     0x1d0(16),0(%r1)
        .short  0

secondary:
        j       stop_self
        .align  8
crash_psw:
        .quad   PSW_DISABLED_WAIT, CRASH_CODE
open_psw:
        .quad   0x0100000180000000, here_forever
bad_psw:
        .quad   0x0008000180000000, 0
past:   .quad   0
