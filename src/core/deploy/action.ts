/** What a deployment does to a thing. */
export type Action = 'create' | 'update' | 'unchanged';
