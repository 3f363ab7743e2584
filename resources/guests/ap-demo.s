# A crypto queue, passed through: test it, let it interrupt, send it a request, wait for the interruption, and
# fetch the reply. The card behind it answers with what it was sent.
        .include "lowcore.inc"
        .include "sclp.inc"

        .equ    CLASS, 3
# Functions of PROCESS ADJUNCT PROCESSOR QUEUE, in bits 32-39 of general register 0 with the queue behind.
        .equ    TAPQ, 0x0000
        .equ    ZAPQ, 0x0200
        .equ    AQIC, 0x0300
        .equ    QCI, 0x0400
        .equ    ROUNDS, 3

        .globl  _start
_start: brasl   %r14,console_open
        mvi     EXPECT_PROGRAM,1
        lghi    %r0,0
        iilf    %r0,QCI*65536
        larl    %r2,configuration
        pqap
        tm      NOTES,NOTE_PROGRAM
        jnz     no_ap
        mvi     EXPECT_PROGRAM,0

# The first adapter and the first domain of the masks.
        larl    %r4,configuration
        aghi    %r4,16
        brasl   %r13,first_id
        sllg    %r9,%r5,8
        larl    %r4,configuration
        aghi    %r4,48
        brasl   %r13,first_id
        ogr     %r9,%r5                 # the queue's number
        TEXT    "queue "
        HEX     %r9
        SEND
        lghi    %r0,TAPQ
        sllg    %r0,%r0,16
        ogr     %r0,%r9
        pqap
        brasl   %r13,show_status

        lctlg   %c6,%c6,subclasses
        lghi    %r0,AQIC
        sllg    %r0,%r0,16
        ogr     %r0,%r9
        lghi    %r1,CLASS
        iihf    %r1,0x8000              # bit 16: enable
        larl    %r2,indicator
        pqap
        TEXT    "interrupts on: "
        brasl   %r13,show_status
# The card takes its time to switch them on.
2:      lghi    %r0,TAPQ
        ogr     %r0,%r9
        pqap
        tmlh    %r1,0x0100
        jz      2b

        lghi    %r10,1
round:  larl    %r4,indicator
        mvi     0(%r4),0
        lgr     %r0,%r9
        lghi    %r4,0
        lgr     %r5,%r10
        larl    %r6,request
        lghi    %r7,request_end-request
        nqap    %r4,%r6
        brasl   %r13,show_sent
        larl    %r1,3f
        lpswe   0(%r1)                  # wait for an I/O interruption
        .align  8
3:      .quad   0x0202000180000000, 4f
4:      stnsm   SAVE_LINK+8,0xfc
        lgr     %r0,%r9
        larl    %r6,reply
        lghi    %r7,256
        dqap    %r4,%r6
        brasl   %r13,show_reply
        aghi    %r10,1
        cghi    %r10,ROUNDS
        jnh     round

        lgr     %r0,%r9
        dqap    %r4,%r6
        TEXT    "nothing more: "
        brasl   %r13,show_status
        lghi    %r0,ZAPQ
        sllg    %r0,%r0,16
        ogr     %r0,%r9
        pqap
        TEXT    "reset: "
        brasl   %r13,show_status
        j       stop_self

no_ap:  PRINT   "This machine has no AP queues (PROCESS ADJUNCT PROCESSOR QUEUE)."
        j       stop_self

# r4: a mask of 256 bits that is not all zeros; r5: number of the first one from the left.
first_id:
        lghi    %r5,0
5:      lg      %r6,0(%r4)
        ltgr    %r6,%r6
        jnz     6f
        aghi    %r4,8
        aghi    %r5,64
        j       5b
6:      flogr   %r6,%r6
        agr     %r5,%r6
        br      %r13

show_status:
        TEXT    "status "
        HEX     %r1
        SEND
        br      %r13

show_sent:
        TEXT    "request "
        NUMBER  %r10
        TEXT    ": status "
        HEX     %r1
        SEND
        br      %r13

show_reply:
        larl    %r8,indicator
        llgc    %r8,0(%r8)
        lg      %r12,IO_BY_ISC+8*CLASS
        TEXT    "reply "
        NUMBER  %r5
        TEXT    ": status "
        HEX     %r1
        TEXT    ", indicator "
        HEX     %r8
        TEXT    ", interruptions "
        NUMBER  %r12
        larl    %r8,reply
        lg      %r12,0(%r8)
        TEXT    ", first bytes "
        HEX     %r12
        SEND
        br      %r13

secondary:
        j       stop_self
        .align  8
subclasses:
        .quad   0x80000000>>CLASS
configuration:
        .space  128
request:
        .byte   0x4c, 0x61, 0x74, 0x63, 0x68, 0x77, 0x6f, 0x72, 0x6b
request_end:
        .align  8
reply:  .space  256
indicator:
        .byte   0
