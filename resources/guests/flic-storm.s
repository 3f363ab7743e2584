# Makes floating interruptions as fast as it can: a service signal for every service call and, if there is a
# channel device, an I/O interruption for every channel program. Two CPUs are open for them; the counts say
# who took how many.
        .include "lowcore.inc"
        .include "sclp.inc"

        .equ    ROUNDS, 20000
        .equ    REPORT, 5000

# SIGP orders.
        .equ    STOP, 5
        .equ    RESTART, 6
        .equ    INITIAL_CPU_RESET, 11
        .equ    SET_PREFIX, 13

        .equ    SUBCHANNELS, 64         # how many are looked at
        .equ    PMCW_FLAGS, 5           # byte of the SCHIB
        .equ    PMCW_ENABLED, 0x80
        .equ    PMCW_VALID, 1

        .globl  _start
_start: brasl   %r14,console_open
        stap    SAVE_LINK+8
        llgh    %r9,SAVE_LINK+8
        lghi    %r8,1
        sgr     %r8,%r9                 # the other CPU's address
        brasl   %r13,start_second
        brasl   %r13,find_device
        larl    %r4,subclasses
        lctlg   %c6,%c6,0(%r4)
        lghi    %r10,0                  # rounds done
        lghi    %r11,0                  # service calls that found the SCLP busy
        lgrl    %r7,next_report

round:  llill   %r4,CR0_SERVICE
        stg     %r4,NEW_CR0
        lctlg   %c0,%c0,NEW_CR0
        iilf    %r2,SCLP_WRITE_MASK
        larl    %r3,mask_block
        larl    %r4,service_done
        mvi     0(%r4),0
1:      .long   0xb2200023              # servc %r2,%r3
        jz      2f
        aghi    %r11,1
        stosm   SAVE_LINK+8,3           # busy: lets the pending service signal in
        stnsm   SAVE_LINK+8,0xfc
        j       1b
2:      lgrl    %r1,device
        ltgr    %r1,%r1
        jz      3f
        larl    %r3,orb
        ssch    0(%r3)
        jnz     3f
        lgrl    %r4,programs
        aghi    %r4,1
        stgrl   %r4,programs
3:      lgrl    %r4,alone
        tmll    %r10,1
        jz      4f
        ltgr    %r4,%r4
        jnz     4f
5:      larl    %r4,service_done        # odd rounds are left to the second CPU
        cli     0(%r4),0
        je      5b
        j       6f
4:      stosm   SAVE_LINK+8,3           # even rounds: this CPU opens the door
        stnsm   SAVE_LINK+8,0xfc
6:      aghi    %r10,1
        cgr     %r10,%r7
        jl      round
        brasl   %r13,report
        aghi    %r7,REPORT
        cghi    %r10,ROUNDS
        jl      round

        lghi    %r3,0
        SIGNAL  %r3,%r8,STOP
        PRINT   "The storm is over."
        j       stop_self

# Prints the counts of both CPUs. The second CPU's prefix area can be read where it lies.
report: larl    %r12,second_area
        TEXT    "round "
        NUMBER  %r10
        lgr     %r5,%r11
        TEXT    ": SCLP busy "
        NUMBER  %r5
        TEXT    ", service signals cpu "
        NUMBER  %r9
        TEXT    ": "
        lg      %r5,SERVICE_COUNT
        NUMBER  %r5
        TEXT    ", cpu "
        NUMBER  %r8
        TEXT    ": "
        lg      %r5,SERVICE_COUNT(%r12)
        NUMBER  %r5
        SEND
        lgrl    %r5,device
        ltgr    %r5,%r5
        bzr     %r13
        TEXT    "    channel programs "
        lgrl    %r5,programs
        NUMBER  %r5
        TEXT    ", I/O interruptions cpu "
        NUMBER  %r9
        TEXT    ": "
        lg      %r5,IO_COUNT
        NUMBER  %r5
        TEXT    ", cpu "
        NUMBER  %r8
        TEXT    ": "
        lg      %r5,IO_COUNT(%r12)
        NUMBER  %r5
        SEND
        br      %r13

# Starts the other CPU with a prefix area of its own; without one the storm comes down on this CPU alone.
start_second:
        lghi    %r2,0
        lghi    %r3,0x2000
        larl    %r4,second_area
        lghi    %r5,0x2000
        mvcl    %r4,%r2
        larl    %r4,second_area
        mvghi   SERVICE_COUNT(%r4),0
        lghi    %r3,0
        SIGNAL  %r3,%r8,INITIAL_CPU_RESET
        jnz     4f
        larl    %r3,second_area
        SIGNAL  %r3,%r8,SET_PREFIX
        lghi    %r3,0
        SIGNAL  %r3,%r8,RESTART
        PRINT   "Two CPUs take the interruptions."
        br      %r13
4:      lghi    %r4,1
        stgrl   %r4,alone
        PRINT   "One CPU takes the interruptions."
        br      %r13

# Enables the first valid subchannel; its id goes to `device`, 0 if there is none.
find_device:
        llilh   %r1,1
        larl    %r3,schib
        lghi    %r4,SUBCHANNELS
5:      stsch   0(%r3)
        jnz     6f
        tm      PMCW_FLAGS(%r3),PMCW_VALID
        jnz     7f
6:      aghi    %r1,1
        brct    %r4,5b
        PRINT   "No channel device: service signals only."
        br      %r13
7:      oi      PMCW_FLAGS(%r3),PMCW_ENABLED
        msch    0(%r3)
        jnz     6b
        stgrl   %r1,device
        llgh    %r5,6(%r3)
        TEXT    "Channel programs go to device 0x"
        HEX     %r5
        SEND
        br      %r13

# The second CPU: open for everything, forever.
secondary:
        llill   %r4,CR0_SERVICE
        stg     %r4,NEW_CR0
        lctlg   %c0,%c0,NEW_CR0
        larl    %r4,subclasses
        lctlg   %c6,%c6,0(%r4)
8:      WAIT    PSW_WAIT_BOTH
        j       8b

        .align  8
subclasses:
        .quad   0xff000000              # all eight I/O interruption subclasses
next_report:
        .quad   REPORT
device: .quad   0
alone:  .quad   0
programs:
        .quad   0
# No-operation, incorrect length suppressed.
program:
        .byte   3, 0x20
        .short  1
        .long   schib
orb:    .long   0x53544f52, 0x0080ff00, program, 0, 0, 0, 0, 0
        .align  8
schib:  .space  56
        .align  0x2000
second_area:
        .space  0x2000
