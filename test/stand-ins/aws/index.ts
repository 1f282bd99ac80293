export type { Fault, LocalAws, LocalAwsOptions, ObservedRequest } from './options.js';
export { startLocalAws } from './server.js';
