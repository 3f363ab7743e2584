/**
 * Which faults are planted in a sampled run. Each is drawn by itself from the seed and from what it is, so
 * that the same seed plants the same faults in the same source, in any process and whatever else is altered.
 */
const VARIABLE = "LATCHWORK_FAULT_SAMPLE";
/** Why a fault that was not drawn has no outcome. */
export const LEFT_OUT = "not in the sample";

export const sampleEnvironment = ({ every, seed }) => ({ [VARIABLE]: `${every}:${seed}` });

/**
 * A test of a fault in `file` of the project; all are in the sample where none was asked for. Stryker's
 * runners count lines and columns from 0, its report counts them from 1.
 */
export function readSample({ lowestLine }) {
  const [every, seed] = (process.env[VARIABLE] ?? "1:0").split(":").map(Number);
  return (file, { location: { start, end }, mutatorName, replacement }) => {
    const place = [start.line, start.column, end.line, end.column].map((count) => count - lowestLine);
    return hash([file, ...place, mutatorName, replacement, seed].join("\n")) % every === 0;
  };
}

/** FNV-1a with a final mix, as neighbouring lines differ in one character; unsigned 32 bits. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
