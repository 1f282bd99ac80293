import { newId } from './accounts.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';
import { appError } from './server-api.js';
import type { ServerSettings } from './server-settings.js';

/** A field of an attachment, as the server stores it. */
export interface AttachmentField {
  title: string;
  value: string;
  short: boolean;
}

/** An attachment, as the server stores it. */
export interface Attachment {
  fallback: string;
  color: string;
  pretext: string;
  title: string;
  text: string;
  fields: AttachmentField[];
}

/** A post that an incoming webhook has made. */
export interface WebhookPost {
  text: string;
  attachments: Attachment[];
}

export interface IncomingWebhook {
  readonly id: string;
  readonly url: string;
  /** In the order in which they were made. */
  readonly posts: WebhookPost[];
}

/** ServiceSettings.MaximumPayloadSizeBytes. */
const MAX_BODY_BYTES = 300_000;

/** Incoming webhooks, as server/channels/web/webhook.go and server/channels/app/webhook.go handle them. */
export class Webhooks {
  readonly #webhooks = new Map<string, IncomingWebhook>();

  create(siteUrl: string): IncomingWebhook {
    const id = newId();
    const webhook = { id, url: `${siteUrl}/hooks/${id}`, posts: [] };
    this.#webhooks.set(id, webhook);
    return webhook;
  }

  answer({ method, path, body }: HttpRequest, { incomingWebhooks }: ServerSettings): HttpAnswer {
    const [, id] = /^\/hooks\/([A-Za-z0-9]+)$/.exec(path) ?? [];
    if (method !== 'POST' || id === undefined) {
      return appError(404, 'api.context.404.app_error', "Sorry, we couldn't find the page.");
    }
    const payload = decodePayload(body);
    if (payload === undefined) {
      return appError(400, 'model.incoming_hook.parse_data.app_error', 'Unable to parse incoming data.');
    }
    if (!incomingWebhooks) {
      const message = 'Incoming webhooks have been disabled by the system admin.';
      return appError(501, 'web.incoming_webhook.disabled.app_error', message);
    }
    if (payload.text === '' && payload.attachments === undefined) {
      return appError(400, 'web.incoming_webhook.text.app_error', 'No text specified.');
    }
    const webhook = this.#webhooks.get(id);
    if (webhook === undefined) {
      return appError(400, 'web.incoming_webhook.invalid.app_error', 'Invalid webhook.');
    }
    webhook.posts.push({
      text: linksOfSlack(mentionsOfSlack(payload.text)),
      attachments: (payload.attachments ?? []).map(processAttachment),
    });
    return { status: 200, contentType: 'text/plain', body: 'ok' };
  }
}

interface Payload {
  text: string;
  attachments: Attachment[] | undefined;
}

/** Go decodes what it knows, null to nothing, and refuses values of another type. */
function decodePayload(body: string): Payload | undefined {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
    return undefined;
  }
  try {
    const { text, attachments } = asObject(JSON.parse(body));
    return {
      text: asString(text),
      attachments: attachments == null ? undefined : asArray(attachments).map(decodeAttachment),
    };
  } catch {
    return undefined;
  }
}

function decodeAttachment(value: unknown): Attachment {
  const { fallback, color, pretext, title, text, fields } = asObject(value);
  return {
    fallback: asString(fallback),
    color: asString(color),
    pretext: asString(pretext),
    title: asString(title),
    text: asString(text),
    fields: fields == null ? [] : asArray(fields).map(decodeField),
  };
}

/** A value may be of any type, and becomes text. */
function decodeField(field: unknown): AttachmentField {
  const { title, value, short } = asObject(field);
  return { title: asString(title), value: String(value ?? ''), short: short === true || short === 'true' };
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new TypeError('not an object');
}

function asArray(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    return value.filter((item) => item !== null);
  }
  throw new TypeError('not an array');
}

function asString(value: unknown): string {
  if (value == null) {
    return '';
  }
  if (typeof value === 'string') {
    return value;
  }
  throw new TypeError('not a string');
}

/** ProcessSlackAttachments and ParseSlackAttachment: links are not converted in titles, nothing in fallbacks. */
function processAttachment(attachment: Attachment): Attachment {
  const { pretext, title, text, fields } = attachment;
  return {
    ...attachment,
    pretext: linksOfSlack(mentionsOfSlack(pretext)),
    title: mentionsOfSlack(title),
    text: linksOfSlack(mentionsOfSlack(text)),
    fields: fields.map((field) => ({ ...field, value: linksOfSlack(mentionsOfSlack(field.value)) })),
  };
}

function mentionsOfSlack(text: string): string {
  return text.replace(/<!(channel|here|all)>/g, '@$1');
}

function linksOfSlack(text: string): string {
  return text.replace(/<([^<|]+)\|([^>]+)>/g, '[$2]($1)');
}
