# Runs cases on the bare machine and prints what each left behind, in hexadecimal. A case is a state, a few
# instructions and the end mark SVC 255; it is over with that or with a program interruption.
#
# The lists lie where the other segments of the program put them: cases of CASE_BYTES at CASES, the number of
# them in front; what storage of the work area is like before every case at PRISTINE.
        .include "lowcore.inc"
        .include "sclp.inc"

        .equ CODE, 0x10000
        .equ OTHER_PREFIX, 0x12000
        .equ WORK, 0x20000
        .equ WORK_PAGES, 16         # those with keys of their own
        .equ WORK_BYTES, 0x12000
        .equ PRISTINE, 0x800000
        .equ CASES, 0xa00000
        .equ CASE_BYTES, 512
        .equ RESULTS, 0x1400000
        .equ RESULT_BYTES, 640
        .equ CHANGES_MAX, 12

# A case.
        .equ CASE_REGISTERS, 64
        .equ CASE_CONTROL, 192
        .equ CASE_ACCESS, 320
        .equ CASE_PSW, 384
        .equ CASE_KEYS, 400
        .equ CASE_PATCHES, 416
        .equ CASE_PREFIX, 480

# In the prefix area of the case.
        .equ START_PSW, 0x7f0
        .equ SAVED_REGISTERS, 0x800
        .equ SAVED_CONTROL, 0x880
        .equ SAVED_ACCESS, 0x900
        .equ SAVED_PREFIX, 0x940

        .globl  _start
_start: brasl   %r14,console_open
        larl    %r2,own_control
        stctg   %c0,%c15,0(%r2)
        larl    %r2,supervisor_psw
        mvc     0x1c0(32),0(%r2)
        llilf   %r10,OTHER_PREFIX
        mvc     0x1a0(96,%r10),0x1a0
        llilf   %r2,WORK
        llilf   %r3,WORK_BYTES
        llilf   %r4,PRISTINE
        lgr     %r5,%r3
        mvcl    %r2,%r4
        llilf   %r11,CASES
        lg      %r13,0(%r11)
        la      %r11,8(%r11)
        llilf   %r12,RESULTS
next:   ltgr    %r13,%r13
        jz      print
        larl    %r2,cursor
        stmg    %r11,%r13,0(%r2)
        xc      0x80(64),0x80
        llilf   %r10,OTHER_PREFIX
        xc      0x80(64,%r10),0x80(%r10)
        llilf   %r3,CODE
        mvc     0(64,%r3),0(%r11)
        lghi    %r8,4
        larl    %r9,outlying
3:      lg      %r2,0(%r9)
        llilf   %r3,0x8000
        lghi    %r4,0
        lghi    %r5,0
        mvcl    %r2,%r4
        aghi    %r9,8
        brct    %r8,3b
        lghi    %r4,WORK_PAGES
        llilf   %r5,WORK
        la      %r6,CASE_KEYS(%r11)
1:      ic      %r7,0(%r6)
        sske    %r7,%r5
        aghi    %r5,4096
        aghi    %r6,1
        brct    %r4,1b
        lghi    %r4,4
        la      %r6,CASE_PATCHES(%r11)
2:      lmg     %r7,%r8,0(%r6)
        stg     %r8,0(%r7)
        aghi    %r6,16
        brct    %r4,2b
        mvc     START_PSW(16),CASE_PSW(%r11)
        mvc     START_PSW(16,%r10),CASE_PSW(%r11)
        ptlb
        spx     CASE_PREFIX+4(%r11)
        lam     %a0,%a15,CASE_ACCESS(%r11)
        lctlg   %c0,%c15,CASE_CONTROL(%r11)
        lmg     %r0,%r15,CASE_REGISTERS(%r11)
        lpswe   START_PSW

supervisor_came:
        stmg    %r0,%r15,SAVED_REGISTERS
        lghi    %r1,1
        j       over
interruption_came:
        stmg    %r0,%r15,SAVED_REGISTERS
        lghi    %r1,2
over:   stctg   %c0,%c15,SAVED_CONTROL
        stam    %a0,%a15,SAVED_ACCESS
        stpx    SAVED_PREFIX
        larl    %r2,own_control
        lctlg   %c0,%c15,0(%r2)
        llgf    %r10,SAVED_PREFIX
        larl    %r2,no_prefix
        spx     0(%r2)
        ptlb
        larl    %r2,cursor
        lmg     %r11,%r13,0(%r2)
        stg     %r1,0(%r12)
        mvc     8(16,%r12),0x150(%r10)
        cghi    %r1,1
        jne     1f
        mvc     8(16,%r12),0x140(%r10)
        mvc     24(4,%r12),0x88(%r10)
        j       2f
1:      mvc     24(4,%r12),0x8c(%r10)
2:      mvc     32(48,%r12),0x90(%r10)
        mvc     80(256,%r12),SAVED_REGISTERS(%r10)
        mvc     336(68,%r12),SAVED_ACCESS(%r10)
        lghi    %r4,WORK_PAGES
        llilf   %r5,WORK
        la      %r6,408(%r12)
1:      iske    %r7,%r5
        stc     %r7,0(%r6)
        aghi    %r5,4096
        aghi    %r6,1
        brct    %r4,1b
# Doublewords of the work area that the case changed; they get their old contents back.
        llilf   %r5,WORK
        llilf   %r4,PRISTINE
        llilf   %r3,WORK_BYTES/8
        la      %r6,432(%r12)
        lghi    %r7,0
1:      lg      %r8,0(%r5)
        cg      %r8,0(%r4)
        je      2f
        lg      %r9,0(%r4)
        stg     %r9,0(%r5)
        aghi    %r7,1
        cghi    %r7,CHANGES_MAX
        jh      2f
        stg     %r5,0(%r6)
        stg     %r8,8(%r6)
        aghi    %r6,16
2:      aghi    %r5,8
        aghi    %r4,8
        brct    %r3,1b
        stg     %r7,424(%r12)
        aghi    %r11,CASE_BYTES
        aghi    %r12,RESULT_BYTES
        aghi    %r13,-1
        j       next

# Prints the records, one a line.
print:  llilf   %r11,CASES
        lg      %r11,0(%r11)
        llilf   %r10,RESULTS
3:      ltgr    %r11,%r11
        jz      finished
        lghi    %r9,RESULT_BYTES/4
        larl    %r8,line
4:      llgf    %r7,0(%r10)
        lghi    %r6,8
5:      lghi    %r4,0
        rll     %r7,%r7,4
        lr      %r4,%r7
        nilf    %r4,15
        larl    %r5,hex_digits
        ic      %r4,0(%r4,%r5)
        stc     %r4,0(%r8)
        aghi    %r8,1
        brct    %r6,5b
        aghi    %r10,4
        brct    %r9,4b
        stmg    %r10,%r11,SAVED_REGISTERS
        larl    %r2,line
        llill   %r3,RESULT_BYTES*2
        brasl   %r14,append
        SEND
        lmg     %r10,%r11,SAVED_REGISTERS
        aghi    %r11,-1
        j       3b
finished:
        PRINT   "END"
        j       stop_self
secondary:
        j       stop_self

        .align  8
supervisor_psw:
        .quad   PSW_PLAIN, supervisor_came
        .quad   PSW_PLAIN, interruption_came
own_control:
        .space  128
cursor: .quad   0, 0, 0
# Where cases reach beside the work area: cleared before each, since what one wrote the next may read.
outlying:
        .quad   0x100000, 0x200000, 0x300000, 0x600000
no_prefix:
        .quad   0
line:   .space  RESULT_BYTES*2
