import { randomUUID } from 'node:crypto';
import { NAMESPACES } from './errors.js';
import type { Answer } from './exchange.js';
import { writeFields, type XmlValue } from './xml.js';

/** The response of a service of the Query protocol; without a result if there are no fields. */
export function queryAnswer(
  service: keyof typeof NAMESPACES,
  operation: string,
  fields: { readonly [name: string]: XmlValue } | undefined,
): Answer {
  const requestId = randomUUID();
  const result =
    fields === undefined ? '' : `<${operation}Result>${writeFields(fields, 'member')}</${operation}Result>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<${operation}Response xmlns="${NAMESPACES[service]}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
  };
}
