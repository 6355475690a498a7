// Signed transactions that must end up on the canonical chain. A reorganisation may drop one that was mined: it is sent
// again, the same bytes, so that it can never count twice.

import { keccak256, Transaction, type Wallet } from 'ethers';
import { CodedError } from '../lib/errors.ts';
import type { EthereumCall } from './mining.ts';

/** `TRANSACTION_REVERTED`: mined, but the contract refused it. */
export type OutboxErrorCode = 'TRANSACTION_REVERTED';

export interface Receipt {
  readonly block: bigint;
  readonly contract: string | null;
}

export interface SentTransaction {
  readonly hash: string;
  /** The signed bytes. */
  readonly raw: string;
  /** Named when it fails. */
  readonly what: string;
  /** Part of the script of stakes. */
  readonly scripted: boolean;
}

/** Where transactions are kept before they are sent, so that a killed devnet sends the same bytes again. */
export interface OutboxFile {
  loadOutbox(): Promise<readonly SentTransaction[]>;
  saveOutbox(sent: readonly SentTransaction[]): Promise<void>;
}

interface Block {
  readonly number: string;
  readonly hash: string;
}

/** While the chain holds this block, the first `count` transactions are where they were when it was the head. */
interface Anchor {
  readonly number: bigint;
  readonly hash: string;
  readonly count: number;
}

interface TransactionRequest {
  readonly to: string | null;
  readonly data: string;
  readonly gasLimit: number;
  readonly value?: bigint;
  readonly scripted?: boolean;
}

export class Outbox {
  readonly #call: EthereumCall;
  readonly #chainId: bigint;
  readonly #nonces = new Map<string, number>();
  readonly #sent: SentTransaction[];
  readonly #file: OutboxFile | undefined;
  #anchor: Anchor | undefined;
  /** Of the transactions that the anchor counts. */
  readonly #receipts = new Map<string, Receipt>();

  private constructor(call: EthereumCall, chainId: bigint, sent: readonly SentTransaction[], file: OutboxFile | undefined) {
    this.#call = call;
    this.#chainId = chainId;
    this.#sent = [...sent];
    this.#file = file;
  }

  /** An outbox that goes on where the one in `file` stopped. */
  static async open(call: EthereumCall, chainId: bigint, file?: OutboxFile): Promise<Outbox> {
    return new Outbox(call, chainId, (await file?.loadOutbox()) ?? [], file);
  }

  /** Hashes of the script's transactions so far, in order. */
  get script(): readonly string[] {
    return this.#sent.filter(({ scripted }) => scripted).map(({ hash }) => hash);
  }

  /** Signs with the wallet's next nonce and sends; `what` is named when it fails. Later ones of one block pay a smaller tip, which keeps their order. */
  async send(wallet: Wallet, request: TransactionRequest, what: string): Promise<string> {
    const nonce =
      this.#nonces.get(wallet.address) ?? Number(await this.#call('eth_getTransactionCount', [wallet.address, 'pending']));
    const { baseFeePerGas } = (await this.#call('eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas?: string };
    const tip = 2_000_000_000n - BigInt(this.#sent.length % 1_000_000);
    const signed = await wallet.signTransaction(
      Transaction.from({
        type: 2,
        chainId: this.#chainId,
        nonce,
        to: request.to,
        data: request.data,
        value: request.value ?? 0n,
        gasLimit: request.gasLimit,
        maxFeePerGas: 2n * BigInt(baseFeePerGas ?? 0) + 4_000_000_000n,
        maxPriorityFeePerGas: tip,
      }),
    );
    const hash = keccak256(signed);
    this.#sent.push({ hash, raw: signed, what, scripted: request.scripted === true });
    await this.#file?.saveOutbox(this.#sent);
    await this.#call('eth_sendRawTransaction', [signed]);
    this.#nonces.set(wallet.address, nonce + 1);
    return hash;
  }

  /** Where the transaction stands on the chain, undefined while it is not mined; throws when it was refused. */
  async receipt(hash: string): Promise<Receipt | undefined> {
    return this.#receipts.get(hash) ?? this.#ask(hash);
  }

  /** Sends again what is neither mined nor waiting; gives the number of transactions that are not mined at this moment. */
  async resend(): Promise<number> {
    const head = (await this.#block('latest')) as Block;
    let missing = 0;
    let count = await this.#anchored();
    for (const [index, { hash, raw }] of [...this.#sent.entries()].slice(count)) {
      const receipt = await this.#ask(hash);
      if (receipt === undefined) {
        missing++;
        if ((await this.#call('eth_getTransactionByHash', [hash])) === null) await this.#call('eth_sendRawTransaction', [raw]);
      } else if (index === count && receipt.block <= BigInt(head.number)) {
        this.#receipts.set(hash, receipt);
        count++;
      }
    }
    this.#anchor = { number: BigInt(head.number), hash: head.hash, count };
    return missing;
  }

  /** How many of the first transactions are where they were, because no reorganisation has dropped the block that says so. */
  async #anchored(): Promise<number> {
    const { number, hash, count } = this.#anchor ?? { number: 0n, hash: '', count: 0 };
    if (count > 0 && (await this.#block(`0x${number.toString(16)}`))?.hash === hash) return count;
    this.#receipts.clear();
    return 0;
  }

  #block(tag: string): Promise<Block | null> {
    return this.#call('eth_getBlockByNumber', [tag, false]) as Promise<Block | null>;
  }

  async #ask(hash: string): Promise<Receipt | undefined> {
    const receipt = (await this.#call('eth_getTransactionReceipt', [hash])) as {
      status: string;
      blockNumber: string;
      contractAddress: string | null;
    } | null;
    if (receipt === null) return undefined;
    if (BigInt(receipt.status) !== 1n) {
      const what = this.#sent.find((sent) => sent.hash === hash)?.what ?? 'transaction';
      throw new CodedError<OutboxErrorCode>('TRANSACTION_REVERTED', `${what} was refused by the contract (transaction ${hash})`, {
        hash,
      });
    }
    return { block: BigInt(receipt.blockNumber), contract: receipt.contractAddress };
  }
}
