# Two CPUs: the first starts the second by SIGP and then, at every tick of its clock comparator, calls it; the
# second answers with an emergency signal. After the last round both stop themselves.
        .include "lowcore.inc"
        .include "sclp.inc"

        .equ    ROUNDS, 10
        .equ    TICK, 50000*4096        # 50 ms; bit 51 of the TOD clock is one microsecond

# SIGP orders.
        .equ    SENSE, 1
        .equ    EXTERNAL_CALL, 2
        .equ    EMERGENCY_SIGNAL, 3
        .equ    RESTART, 6
        .equ    INITIAL_CPU_RESET, 11
        .equ    SET_PREFIX, 13
        .equ    SENSE_STOPPED, 0x40

        .globl  _start
_start: brasl   %r14,console_open
        stap    SAVE_LINK+8
        llgh    %r9,SAVE_LINK+8
        lghi    %r8,1
        sgr     %r8,%r9                 # the other CPU's address
        TEXT    "cpu "
        NUMBER  %r9
        TEXT    ": starting cpu "
        NUMBER  %r8
        SEND

# The second CPU's prefix area begins as a copy of this one.
        lghi    %r2,0
        lghi    %r3,0x2000
        larl    %r4,second_area
        lghi    %r5,0x2000
        mvcl    %r4,%r2
        lghi    %r3,0
        SIGNAL  %r3,%r8,INITIAL_CPU_RESET
        jnz     absent
        larl    %r3,second_area
        SIGNAL  %r3,%r8,SET_PREFIX
        jnz     absent
        lghi    %r3,0
        SIGNAL  %r3,%r8,RESTART
        jnz     absent

        llill   %r4,CR0_COMPARATOR+CR0_EMERGENCY
        stg     %r4,NEW_CR0
        lctlg   %c0,%c0,NEW_CR0
        lghi    %r10,0                  # round
        brasl   %r13,set_tick

# One round: a tick, then a call, then the answer.
first:  tm      NOTES,NOTE_COMPARATOR
        jz      1f
        ni      NOTES,0xff-NOTE_COMPARATOR
        aghi    %r10,1
        TEXT    "cpu "
        NUMBER  %r9
        TEXT    ": tick "
        NUMBER  %r10
        TEXT    ", external call"
        SEND
        lghi    %r3,0
        SIGNAL  %r3,%r8,EXTERNAL_CALL
1:      tm      NOTES,NOTE_EMERGENCY
        jz      2f
        ni      NOTES,0xff-NOTE_EMERGENCY
        TEXT    "cpu "
        NUMBER  %r9
        TEXT    ": emergency signal answers round "
        NUMBER  %r10
        SEND
        cghi    %r10,ROUNDS
        je      finish
        brasl   %r13,set_tick
2:      tm      NOTES,NOTE_COMPARATOR+NOTE_EMERGENCY
        jnz     first
        WAIT    PSW_WAIT_EXT
        j       first

# The last call tells the second CPU to stop; then its state is sensed until it has.
finish: larl    %r4,finished
        mvi     0(%r4),1
        lghi    %r3,0
        SIGNAL  %r3,%r8,EXTERNAL_CALL
3:      lghi    %r3,0
        SIGNAL  %r3,%r8,SENSE
        jz      3b
        tmll    %r3,SENSE_STOPPED
        jz      3b
        TEXT    "cpu "
        NUMBER  %r8
        TEXT    " has stopped after "
        lgrl    %r5,calls
        NUMBER  %r5
        TEXT    " calls; now cpu "
        NUMBER  %r9
        SEND
        j       stop_self

absent: TEXT    "cpu "
        NUMBER  %r8
        TEXT    " does not answer; this guest needs two CPUs."
        SEND
        j       stop_self

# Sets the clock comparator one tick ahead.
set_tick:
        larl    %r4,clock
        stck    0(%r4)
        lg      %r5,0(%r4)
        llilf   %r6,TICK
        algr    %r5,%r6
        stg     %r5,0(%r4)
        sckc    0(%r4)
        br      %r13

# Begins here at restart: waits for calls, counts and answers them.
secondary:
        stap    SAVE_LINK+8
        llgh    %r9,SAVE_LINK+8
        lghi    %r8,1
        sgr     %r8,%r9
        llill   %r4,CR0_CALL
        stg     %r4,NEW_CR0
        lctlg   %c0,%c0,NEW_CR0
        lghi    %r10,0
        TEXT    "cpu "
        NUMBER  %r9
        TEXT    ": restarted"
        SEND
4:      tm      NOTES,NOTE_CALL
        jnz     5f
        WAIT    PSW_WAIT_EXT
        j       4b
5:      ni      NOTES,0xff-NOTE_CALL
        larl    %r4,finished
        cli     0(%r4),0
        jne     stop_self
        aghi    %r10,1
        stgrl   %r10,calls
        TEXT    "cpu "
        NUMBER  %r9
        TEXT    ": external call "
        NUMBER  %r10
        TEXT    ", emergency signal"
        SEND
        lghi    %r3,0
        SIGNAL  %r3,%r8,EMERGENCY_SIGNAL
        j       4b

        .align  8
clock:  .quad   0
calls:  .quad   0
finished:
        .byte   0
        .align  0x2000
second_area:
        .space  0x2000
