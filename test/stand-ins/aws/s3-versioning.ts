import { AwsError, notImplemented } from './errors.js';
import { readPayload } from './payload.js';
import { existingBucket, plain, type S3Operation, xmlAnswer, xmlBody } from './s3-request.js';
import { setVersioning } from './s3-versions.js';
import { childText } from './xml.js';

export const versioningOperations = {
  GetBucketVersioning: {
    name: 'GetBucketVersioning',
    act: (request) =>
      // Without a status if it was never set.
      xmlAnswer('VersioningConfiguration', { Status: existingBucket(request).versioning }),
  },

  PutBucketVersioning: {
    name: 'PutBucketVersioning',
    changesBucket: true,
    act(request) {
      const bucket = existingBucket(request);
      const given = xmlBody(readPayload(request.call).bytes);
      if (childText(given, 'MfaDelete') === 'Enabled') throw notImplemented('deletions with a second factor');
      const status = childText(given, 'Status');
      if (status !== 'Enabled' && status !== 'Suspended') {
        throw new AwsError(
          400,
          'IllegalVersioningConfigurationException',
          'The Versioning element must be specified',
        );
      }
      setVersioning(bucket, status);
      return plain(200);
    },
  },
} satisfies Record<string, S3Operation>;
