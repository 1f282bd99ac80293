// For core/manifest/validate.ts alone, until it imports core/limits.ts.
export { LIMITS } from '../limits.js';
