/**
 * `npm run bench`: the command line's `bench`. Names and options after `--`:
 * `npm run bench -- --quick boot sieve`.
 */
process.argv.splice(2, 0, "bench");
await import("./latchwork.mjs");
