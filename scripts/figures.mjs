/** `npm run figures`: the command line's `figures`. Options after `--`: `npm run figures -- --share 0.01`. */
process.argv.splice(2, 0, "figures");
await import("./latchwork.mjs");
