import { checksumHeaders } from './checksums.js';
import { AwsError } from './errors.js';
import { digest, readPayload } from './payload.js';
import { demandKey, encryptionHeaders, entityTag, requestedEncryption } from './s3-encryption.js';
import type { StoredObject } from './s3-model.js';
import { checkWriteConditions, conditionNeeds, storageClass, storedHeaders } from './s3-object-headers.js';
import { checksumFor } from './s3-object-reads.js';
import { checkKey, existingBucket, plain, refuseVersion, type S3Operation } from './s3-request.js';
import { headerTagNeeds, headerTags } from './s3-tagging.js';
import { storeObject, versionHeader } from './s3-versions.js';

const OBJECT_BYTES = 5 * 1024 ** 3;

export const objectOperations = {
  PutObject: {
    name: 'PutObject',
    needs: (request) => [...conditionNeeds(request), ...headerTagNeeds(request)],
    act(request, caller) {
      const { account, call } = request;
      const key = checkKey(request.key);
      refuseVersion(call);
      const bucket = existingBucket(request);
      const headers = storedHeaders(call);
      const tags = headerTags(call);
      const encryption = requestedEncryption(request, bucket);
      demandKey(account, caller, encryption, 'kms:GenerateDataKey');
      const { bytes, checksum } = readPayload(call);
      if (bytes.length > OBJECT_BYTES) {
        throw new AwsError(
          400,
          'EntityTooLarge',
          'Your proposed upload exceeds the maximum allowed object size.',
        );
      }
      checkWriteConditions(call, bucket, key);
      const object: StoredObject = {
        key,
        versionId: undefined,
        bytes,
        etag: `"${entityTag(encryption, () => digest('md5', bytes, 'hex'))}"`,
        lastModified: account.now(),
        headers,
        checksum,
        encryption,
        storageClass: storageClass(call),
        tags,
      };
      storeObject(bucket, object);
      return plain(200, {
        etag: object.etag,
        ...encryptionHeaders(account, encryption),
        ...versionHeader(object),
        ...checksumHeaders(checksumFor(object)),
      });
    },
  },
} satisfies Record<string, S3Operation>;
