/** What is typed into the forms of an application (rule 10). */
import type { Told } from '../api/answer.ts';

export interface ApplicationValues extends Record<string, string> {
  name: string;
  reference_id: string;
  description: string;
  redirect_uri: string;
}

export const emptyApplication: ApplicationValues = {
  name: '',
  reference_id: '',
  description: '',
  redirect_uri: '',
};

/** The mistakes; empty where it can be sent. */
export function applicationMistakes(values: ApplicationValues): { [K in keyof ApplicationValues]?: string } {
  const mistakes: { [K in keyof ApplicationValues]?: string } = {};
  if (values.name.trim() === '') mistakes.name = 'Give it a name, such as the product that makes the calls.';
  const address = values.redirect_uri.trim();
  if (address !== '' && !URL.canParse(address)) {
    mistakes.redirect_uri = 'Enter a whole address: https://app.example.com/callback.';
  }
  return mistakes;
}

/** What is filled in, as the API wants it. */
export function applicationBody(values: ApplicationValues) {
  const filled = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim());
  const reference = filled(values.reference_id);
  const redirect = filled(values.redirect_uri);
  return {
    name: values.name.trim(),
    description: values.description.trim(),
    ...(reference === undefined ? {} : { reference_id: reference }),
    ...(redirect === undefined ? {} : { redirect_uri: redirect }),
  };
}

/** Failures that belong to a field. */
export function placeFailure({ code, message, mend }: Told): { [K in keyof ApplicationValues]?: string } {
  return code === 'reference_taken' ? { reference_id: `${message} ${mend}` } : {};
}
