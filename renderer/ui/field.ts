/** Props that every field takes besides its value. `undefined` is as good as absent, so a form passes its errors on. */
export interface FieldProps {
  label: string;
  /** How to fill it in; read out with the field. */
  hint?: string | undefined;
  /** What is wrong and how to mend it; marks the field invalid while it is there. */
  error?: string | undefined;
  required?: boolean | undefined;
  /** Says "optional" beside the label: for the few that are, in a form where most are not. */
  optional?: boolean;
  /** For a field whose place says what it is, as in a toolbar; screen readers still hear the label. */
  hideLabel?: boolean;
}

/** What a control spreads on its element, so that label, hint and error belong to it. */
export interface FieldWiring {
  id: string;
  required: boolean;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
}

/** One choice of a Select, a RadioGroup or a Combobox. */
export interface Option {
  value: string;
  label: string;
  /** A second line where the control has room for one. */
  hint?: string;
  disabled?: boolean;
}
