# Adapter-interruption suppression. Two adapters ring on two interruption subclasses: one in SINGLE mode,
# where the first interruption shuts the door until the program opens it again, and one in ALL mode, where
# every one comes through.
        .include "lowcore.inc"
        .include "sclp.inc"

# The board's two demonstration adapters, both suppressible: adapter 0 on subclass 3, adapter 1 on subclass 5.
# DIAGNOSE 0x5a0 reaches them: r2 = 0 asks how many there are (answer in r2); r2 = 1 rings adapter r4 (r2 = 0
# when done). A machine without them answers with a specification exception.
        .equ    FIRST_CLASS, 3
        .equ    SECOND_CLASS, 5
        .macro  ADAPTER_DIAGNOSE
        diag    %r2,%r4,0x5a0
        .endm

# SET INTERRUPTION CONTROLS: r2 the mode, r4 the subclass in bits 34-36 (sic %r2,%r4,0).
        .macro  SET_CONTROLS
        .byte   0xeb, 0x24, 0, 0, 0, 0xd1
        .endm
        .equ    MODE_ALL, 0
        .equ    MODE_SINGLE, 1

        .equ    ROUNDS, 3
        .equ    RINGS, 4

        .globl  _start
_start: brasl   %r14,console_open
        mvi     EXPECT_PROGRAM,1
        lghi    %r2,0
        ADAPTER_DIAGNOSE
        tm      NOTES,NOTE_PROGRAM
        jnz     no_adapters
        cghi    %r2,2
        jl      no_adapters
        lghi    %r2,MODE_SINGLE
        lghi    %r4,FIRST_CLASS
        brasl   %r13,set_mode
        tm      NOTES,NOTE_PROGRAM
        jnz     no_suppression
        lghi    %r2,MODE_ALL
        lghi    %r4,SECOND_CLASS
        brasl   %r13,set_mode
        mvi     EXPECT_PROGRAM,0
        larl    %r4,subclasses
        lctlg   %c6,%c6,0(%r4)
        PRINT   "Subclass 3 is in SINGLE mode, subclass 5 in ALL mode."
        lghi    %r10,1

1:      brasl   %r13,ring_both
        brasl   %r13,report
        PRINT   "    subclass 3: SINGLE again, so the door is open once more"
        lghi    %r2,MODE_SINGLE
        lghi    %r4,FIRST_CLASS
        brasl   %r13,set_mode
        aghi    %r10,1
        cghi    %r10,ROUNDS
        jnh     1b

        PRINT   "Now both subclasses are in ALL mode."
        lghi    %r2,MODE_ALL
        lghi    %r4,FIRST_CLASS
        brasl   %r13,set_mode
        brasl   %r13,ring_both
        brasl   %r13,report
        j       stop_self

no_adapters:
        PRINT   "This machine has no demonstration adapters (DIAGNOSE 0x5a0)."
        j       stop_self
no_suppression:
        PRINT   "This machine has no adapter-interruption suppression (SET INTERRUPTION CONTROLS)."
        j       stop_self

# r2: mode, r4: subclass.
set_mode:
        sllg    %r4,%r4,27
        mvi     EXPECT_PROGRAM,1
        SET_CONTROLS
        mvi     EXPECT_PROGRAM,0
        br      %r13

# Rings both adapters in turn and lets I/O interruptions in after every ring.
ring_both:
        xc      IO_BY_ISC(64),IO_BY_ISC
        lghi    %r11,RINGS
2:      lghi    %r2,1
        lghi    %r4,0
        ADAPTER_DIAGNOSE
        stosm   SAVE_LINK+8,2
        stnsm   SAVE_LINK+8,0xfc
        lghi    %r2,1
        lghi    %r4,1
        ADAPTER_DIAGNOSE
        stosm   SAVE_LINK+8,2
        stnsm   SAVE_LINK+8,0xfc
        brct    %r11,2b
        br      %r13

report: TEXT    "round "
        NUMBER  %r10
        TEXT    ": each adapter rang "
        lghi    %r5,RINGS
        NUMBER  %r5
        TEXT    " times; interruptions on subclass 3: "
        lg      %r5,IO_BY_ISC+8*FIRST_CLASS
        NUMBER  %r5
        TEXT    ", on subclass 5: "
        lg      %r5,IO_BY_ISC+8*SECOND_CLASS
        NUMBER  %r5
        SEND
        br      %r13

secondary:
        j       stop_self
        .align  8
subclasses:
        .quad   0x80000000>>FIRST_CLASS | 0x80000000>>SECOND_CLASS
