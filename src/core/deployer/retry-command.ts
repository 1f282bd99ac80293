import type { Vocabulary } from '../diagnostics/vocabulary.js';

/** The command that lets a bundle be tried again. Its key is a part of it only if a shell takes it for nothing else. */
export function retryCommandOf(key: string, { retryCommand }: Pick<Vocabulary, 'retryCommand'>): string {
  return /^\w[\w./+=-]{0,79}$/.test(key) ? retryCommand.replace('KEY', () => key) : retryCommand;
}
