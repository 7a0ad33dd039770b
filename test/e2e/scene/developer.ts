/** What a developer does at the portal, whatever client carries it: the pages in a browser, or a published library. */
export interface Developer {
  readonly email: string;
  readonly name: string;
  signUp(): Promise<void>;
  /** Follows the link in the mail. */
  confirm(): Promise<void>;
  signIn(): Promise<void>;
  /** Creates an application and asks for the Mock API's version, from the catalog. */
  requestAccess(application: string): Promise<void>;
  /** The key, from the only place that ever shows it. */
  generateKey(): Promise<string>;
  deleteKey(): Promise<void>;
  close(): Promise<void>;
}
