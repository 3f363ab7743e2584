/** Function tables of the engine's modules: compiled regions by slot, operation functions by handler. */
export const REGION_TABLE = 0;
export const OPERATION_TABLE = 1;
