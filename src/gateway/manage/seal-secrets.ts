/**
 * gateway/manage/seal-secrets — takes secrets out of arguments and URLs: each becomes a password input, whose value is
 * sealed, and `${input:ID}` stands where it stood.
 *
 * Pure. Knows nothing of: which texts are secrets (model), how values are kept.
 */
import { Secret } from '../../base/index.ts';
import {
  type InputDefinition,
  type Launch,
  replaceSpans,
  type SecretSpan,
  secretsInArguments,
  secretsInUrl,
} from '../../model/index.ts';

/** The same launch when there is nothing to seal. */
export function sealSecrets(launch: Launch): Launch {
  const inputs: InputDefinition[] = [...(launch.inputs ?? [])];
  const values: Record<string, Secret> = { ...launch.inputValues };
  const stand = (secret: string, { name }: SecretSpan, place: string): string => {
    const id = freeId(name, inputs);
    inputs.push({
      id,
      label: id,
      type: 'password',
      isRequired: true,
      description: `It was taken out of ${place} and sealed.`,
    });
    values[id] = new Secret(secret);
    return `\${input:${id}}`;
  };
  if (launch.kind === 'http') {
    const spans = secretsInUrl(launch.url);
    if (spans.length === 0) return launch;
    const url = replaceSpans(launch.url, spans, (text, span) => stand(decoded(text), span, 'the URL'));
    return { ...launch, url, inputs, inputValues: values };
  }
  const spans = secretsInArguments(launch.args);
  if (spans.length === 0) return launch;
  const args = launch.args.map((arg, at) =>
    replaceSpans(
      arg,
      spans.filter((span) => span.at === at),
      (text, span) => stand(text, span, `argument ${at + 1}`),
    ),
  );
  return { ...launch, args, inputs, inputValues: values };
}

/** Two secrets of one name are two inputs. */
function freeId(name: string, inputs: readonly InputDefinition[]): string {
  const isTaken = (id: string): boolean =>
    inputs.some((input) => input.id.toLowerCase() === id.toLowerCase());
  if (!isTaken(name)) return name;
  for (let more = 2; ; more += 1) if (!isTaken(`${name}_${more}`)) return `${name}_${more}`;
}

/** In a URL it is written with escapes; they are put back where it is filled in. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
