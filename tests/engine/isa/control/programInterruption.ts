/** How the plain CPU ends an instruction with a program interruption. */
export class ProgramInterruption extends Error {
  readonly code: number;
  readonly dxc: number;
  readonly completed: boolean;
  constructor(code: number, dxc: number, completed: boolean) {
    super(`program interruption ${code.toString(16)}`);
    this.code = code;
    this.dxc = dxc;
    this.completed = completed;
  }
}
