/**
 * model/input — what a server needs to be told before it can be started: a key, an address, a folder.
 *
 * `${input:ID}` in a header, a variable or an argument stands for the value that a person gives.
 * Knows nothing of: how values are kept and filled in.
 */

/** `password` is asked without echo and kept out of logs; every value is sealed, whatever its type. */
export const inputTypes = [
  'text',
  'password',
  'number',
  'boolean',
  'url',
  'select',
  'file',
  'directory',
] as const;
export type InputType = (typeof inputTypes)[number];

/** One of the values that a `select` can have. */
export interface InputOption {
  readonly value: string;
  /** What a person reads; the value where nobody gave one. */
  readonly label?: string;
}

/** Where a person gets the value: a page that makes keys, and what to do there. */
export interface ObtainHint {
  /** https. */
  readonly url?: string;
  readonly instructions?: string;
  /** Of the button that opens the page. */
  readonly buttonLabel?: string;
}

export interface InputDefinition {
  /** See `inputIdPattern`; unique in its server, without regard to case. */
  readonly id: string;
  /** What a person reads; the id where nobody gave one. */
  readonly label: string;
  readonly type: InputType;
  /** Without a value and without a default the server is not started. */
  readonly isRequired: boolean;
  readonly description?: string;
  /** An example, for a form. */
  readonly placeholder?: string;
  readonly default?: string;
  /** Of a `select`: at least one. */
  readonly options?: readonly InputOption[];
  readonly obtain?: ObtainHint;
}

export const inputIdPattern = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** Why a text cannot be the value of an input; undefined when it can. The text itself is never quoted. */
export function inputValueFault(
  { type, options = [] }: Pick<InputDefinition, 'type' | 'options'>,
  value: string,
): string | undefined {
  if (/[\r\n\u0000]/.test(value)) return 'it has a line break or a NUL character';
  switch (type) {
    case 'number':
      return value.trim() !== '' && Number.isFinite(Number(value)) ? undefined : 'it is no number';
    case 'boolean':
      return value === 'true' || value === 'false' ? undefined : 'it is neither true nor false';
    case 'url':
      return /^https?:\/\//i.test(value) && URL.canParse(value) ? undefined : 'it is no http or https URL';
    case 'select':
      return options.some((option) => option.value === value)
        ? undefined
        : `it is none of: ${options.map((option) => option.value).join(', ')}`;
    case 'file':
    case 'directory':
      // Of every system: what is checked here may be meant for another machine's store.
      return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(value) ? undefined : 'it is no absolute path';
    case 'text':
    case 'password':
      return undefined;
  }
}
