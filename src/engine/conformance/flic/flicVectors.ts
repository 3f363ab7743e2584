/**
 * Behaviour of the floating interrupt controller as data, in the order of the specification. Ids are stable;
 * a vector is never reused for something else.
 */
import { adapterVectors } from "./adapterVectors.ts";
import { deliveryVectors } from "./deliveryVectors.ts";
import type { FlicVector } from "./flicVector.ts";
import { furtherVectors } from "./furtherVectors.ts";
import { injectionVectors } from "./injectionVectors.ts";
import { readingVectors } from "./readingVectors.ts";

export const flicVectors: readonly FlicVector[] = [
  ...readingVectors, ...injectionVectors, ...adapterVectors, ...deliveryVectors, ...furtherVectors,
];
