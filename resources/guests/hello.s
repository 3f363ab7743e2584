# Says hello and echoes what is typed until q.
        .include "lowcore.inc"
        .include "sclp.inc"

        .globl  _start
_start: brasl   %r14,console_open
        PRINT   "Hello from a bare s390x machine."
        PRINT   "Type, and every key comes back; q stops the machine."
        lghi    %r8,0
again:  brasl   %r14,read_key
        cghi    %r2,'q'
        je      done
        aghi    %r8,1
        TEXT    "key "
        NUMBER  %r8
        TEXT    ": code "
        NUMBER  %r2
        cghi    %r2,' '
        jl      1f
        cghi    %r2,0x7f
        jnl     1f
        larl    %r3,typed
        stc     %r2,0(%r3)
        TEXT    ", character "
        stmg    %r2,%r14,SAVE_CONSOLE
        larl    %r2,typed
        lghi    %r3,1
        brasl   %r14,append
        lmg     %r2,%r14,SAVE_CONSOLE
1:      SEND
        j       again
done:   TEXT    "Stopping after "
        NUMBER  %r8
        TEXT    " keys."
        SEND
        j       stop_self

# Nobody restarts another CPU here.
secondary:
        j       stop_self
typed:  .byte   0
