/** The ports of the operations in memory, for unit tests. */
export { MemoryBucket, MemoryBucketSetup } from './memory-ports/memory-bucket.js';
export { MemoryBundleBucket } from './memory-ports/memory-bundle-bucket.js';
export { machine, waitContext } from './memory-ports/memory-context.js';
export { functionState, MemoryFunctions } from './memory-ports/memory-functions.js';
export { MemoryIam } from './memory-ports/memory-iam.js';
export { MemoryPolicies } from './memory-ports/memory-policies.js';
