/** What a plan does to a resource. */
export type Action = 'create' | 'update' | 'unchanged';
