# comment "with quotes"
 .globl _start
 .equ SIZE, end-begin
 .macro LOADIMM reg, value=5
 lghi \reg,\value
1: ltgr \reg,\reg /* multi
line comment */
 larl \reg, 1b
 .if \value > 4
 .byte 1,2
 .else
 .byte 3,4
 .endif
 .endm
_start:
begin: larl %r1,data ; larl 2,1f
 LOADIMM %r3
 LOADIMM %r4,value=3
1: lg %r1,8(%r2,%r3)
 lg %r1,8(3,%r2)
 lg 1,lowdata
 lgfi 1,end-begin+SIZE*2
 nill 1,0xff00|15&7
 .rept 3
 lghi 1,'A'
 lghi 1,'\n'
 .endr
 stg %r1,lowdata+4-begin(%r2)
lowdata: .quad SIZE, begin, data, .
 .align 16
 .long ., .-begin, 3|4+1, -1>>60, -7/2,-7%3,~5,!0,5>1,(1+2)*3<<2
 .org 0x200
 .ascii "a#b;c/*x*/\n\t\0\\\"\x41\101" ; .asciz "q","r"
 .p2align 5
2: .fill 3,2,0x1234
 .fill 2, 4, 0x11223344
 .space 5,3
 .balign 8
 .quad 2b, 1b, end
 x = 5
 .byte x
 x = x+1
 .byte x
 .set y, 1f-2b
 .short y
1:
end:
 .data
data: .byte 1
 .align 4
 .long data, end
 .short 'a, 'b', '\n', '#', ';'
 .hword 0777, 0b101, 0x1F
 .text
 .align 32
