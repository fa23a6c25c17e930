import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace sitewright. */
export namespace sitewright {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of an AgentMessage.
         * @deprecated Use sitewright.v1.AgentMessage.$Properties instead.
         */
        interface IAgentMessage extends sitewright.v1.AgentMessage.$Properties {
        }

        /** Represents an AgentMessage. */
        class AgentMessage {

            /**
             * Constructs a new AgentMessage.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.AgentMessage.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AgentMessage hello. */
            hello?: (sitewright.v1.Hello.$Properties|null);

            /** AgentMessage inventory. */
            inventory?: (sitewright.v1.Inventory.$Properties|null);

            /** AgentMessage accepted. */
            accepted?: (sitewright.v1.Accepted.$Properties|null);

            /** AgentMessage progress. */
            progress?: (sitewright.v1.Progress.$Properties|null);

            /** AgentMessage result. */
            result?: (sitewright.v1.Result.$Properties|null);

            /** AgentMessage logLines. */
            logLines?: (sitewright.v1.LogLines.$Properties|null);

            /** AgentMessage peerOpen. */
            peerOpen?: (sitewright.v1.PeerOpen.$Properties|null);

            /** AgentMessage holds. */
            holds?: (sitewright.v1.Holds.$Properties|null);

            /** AgentMessage warnings. */
            warnings?: (sitewright.v1.Warnings.$Properties|null);

            /** AgentMessage contentPart. */
            contentPart?: (sitewright.v1.ContentPart.$Properties|null);

            /** AgentMessage updateFailed. */
            updateFailed?: (sitewright.v1.UpdateFailed.$Properties|null);

            /** AgentMessage siteBackups. */
            siteBackups?: (sitewright.v1.SiteBackups.$Properties|null);

            /** AgentMessage body. */
            body?: ("hello"|"inventory"|"accepted"|"progress"|"result"|"logLines"|"peerOpen"|"holds"|"warnings"|"contentPart"|"updateFailed"|"siteBackups");

            /**
             * Encodes the specified AgentMessage message. Does not implicitly {@link sitewright.v1.AgentMessage.verify|verify} messages.
             * @param message AgentMessage message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.AgentMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AgentMessage message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.AgentMessage & sitewright.v1.AgentMessage.$Shape} AgentMessage
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.AgentMessage & sitewright.v1.AgentMessage.$Shape;
        }

        namespace AgentMessage {

            /** Properties of an AgentMessage. */
            interface $Properties {

                /** AgentMessage hello */
                hello?: (sitewright.v1.Hello.$Properties|null);

                /** AgentMessage inventory */
                inventory?: (sitewright.v1.Inventory.$Properties|null);

                /** AgentMessage accepted */
                accepted?: (sitewright.v1.Accepted.$Properties|null);

                /** AgentMessage progress */
                progress?: (sitewright.v1.Progress.$Properties|null);

                /** AgentMessage result */
                result?: (sitewright.v1.Result.$Properties|null);

                /** AgentMessage logLines */
                logLines?: (sitewright.v1.LogLines.$Properties|null);

                /** AgentMessage peerOpen */
                peerOpen?: (sitewright.v1.PeerOpen.$Properties|null);

                /** AgentMessage holds */
                holds?: (sitewright.v1.Holds.$Properties|null);

                /** AgentMessage warnings */
                warnings?: (sitewright.v1.Warnings.$Properties|null);

                /** AgentMessage contentPart */
                contentPart?: (sitewright.v1.ContentPart.$Properties|null);

                /** AgentMessage updateFailed */
                updateFailed?: (sitewright.v1.UpdateFailed.$Properties|null);

                /** AgentMessage siteBackups */
                siteBackups?: (sitewright.v1.SiteBackups.$Properties|null);

                /** AgentMessage body */
                body?: ("hello"|"inventory"|"accepted"|"progress"|"result"|"logLines"|"peerOpen"|"holds"|"warnings"|"contentPart"|"updateFailed"|"siteBackups");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of an AgentMessage. */
            type $Shape = {
              hello?: sitewright.v1.Hello.$Shape|null;
              inventory?: sitewright.v1.Inventory.$Shape|null;
              accepted?: sitewright.v1.Accepted.$Shape|null;
              progress?: sitewright.v1.Progress.$Shape|null;
              result?: sitewright.v1.Result.$Shape|null;
              logLines?: sitewright.v1.LogLines.$Shape|null;
              peerOpen?: sitewright.v1.PeerOpen.$Shape|null;
              holds?: sitewright.v1.Holds.$Shape|null;
              warnings?: sitewright.v1.Warnings.$Shape|null;
              contentPart?: sitewright.v1.ContentPart.$Shape|null;
              updateFailed?: sitewright.v1.UpdateFailed.$Shape|null;
              siteBackups?: sitewright.v1.SiteBackups.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; hello?: null; inventory?: null; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "hello"; hello: sitewright.v1.Hello.$Shape; inventory?: null; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "inventory"; hello?: null; inventory: sitewright.v1.Inventory.$Shape; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "accepted"; hello?: null; inventory?: null; accepted: sitewright.v1.Accepted.$Shape; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "progress"; hello?: null; inventory?: null; accepted?: null; progress: sitewright.v1.Progress.$Shape; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "result"; hello?: null; inventory?: null; accepted?: null; progress?: null; result: sitewright.v1.Result.$Shape; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "logLines"; hello?: null; inventory?: null; accepted?: null; progress?: null; result?: null; logLines: sitewright.v1.LogLines.$Shape; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "peerOpen"; hello?: null; inventory?: null; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen: sitewright.v1.PeerOpen.$Shape; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "holds"; hello?: null; inventory?: null; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds: sitewright.v1.Holds.$Shape; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "warnings"; hello?: null; inventory?: null; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings: sitewright.v1.Warnings.$Shape; contentPart?: null; updateFailed?: null; siteBackups?: null }|{ body?: "contentPart"; hello?: null; inventory?: null; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart: sitewright.v1.ContentPart.$Shape; updateFailed?: null; siteBackups?: null }|{ body?: "updateFailed"; hello?: null; inventory?: null; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed: sitewright.v1.UpdateFailed.$Shape; siteBackups?: null }|{ body?: "siteBackups"; hello?: null; inventory?: null; accepted?: null; progress?: null; result?: null; logLines?: null; peerOpen?: null; holds?: null; warnings?: null; contentPart?: null; updateFailed?: null; siteBackups: sitewright.v1.SiteBackups.$Shape })
            );
        }

        /**
         * Properties of a Hello.
         * @deprecated Use sitewright.v1.Hello.$Properties instead.
         */
        interface IHello extends sitewright.v1.Hello.$Properties {
        }

        /** Represents a Hello. */
        class Hello {

            /**
             * Constructs a new Hello.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Hello.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Hello name. */
            name: string;

            /** Hello version. */
            version: number;

            /** Hello signature. */
            signature: Uint8Array;

            /** Hello agentVersion. */
            agentVersion: string;

            /** Hello platform. */
            platform: string;

            /** Hello roles. */
            roles: sitewright.v1.Role[];

            /** Hello inventoryDigest. */
            inventoryDigest: Uint8Array;

            /** Hello highest. */
            highest?: (sitewright.v1.Generation.$Properties|null);

            /** Hello lastResult. */
            lastResult: number;

            /** Hello answersQueries. */
            answersQueries: boolean;

            /** Hello instance. */
            instance: string;

            /** Hello switching. */
            switching: string;

            /** Hello seenRestored. */
            seenRestored: number;

            /** Hello seenStarted. */
            seenStarted: number;

            /** Hello program. */
            program: string;

            /**
             * Encodes the specified Hello message. Does not implicitly {@link sitewright.v1.Hello.verify|verify} messages.
             * @param message Hello message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Hello message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Hello & sitewright.v1.Hello.$Shape} Hello
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Hello & sitewright.v1.Hello.$Shape;
        }

        namespace Hello {

            /** Properties of a Hello. */
            interface $Properties {

                /** Hello name */
                name?: (string|null);

                /** Hello version */
                version?: (number|null);

                /** Hello signature */
                signature?: (Uint8Array|null);

                /** Hello agentVersion */
                agentVersion?: (string|null);

                /** Hello platform */
                platform?: (string|null);

                /** Hello roles */
                roles?: (sitewright.v1.Role[]|null);

                /** Hello inventoryDigest */
                inventoryDigest?: (Uint8Array|null);

                /** Hello highest */
                highest?: (sitewright.v1.Generation.$Properties|null);

                /** Hello lastResult */
                lastResult?: (number|null);

                /** Hello answersQueries */
                answersQueries?: (boolean|null);

                /** Hello instance */
                instance?: (string|null);

                /** Hello switching */
                switching?: (string|null);

                /** Hello seenRestored */
                seenRestored?: (number|null);

                /** Hello seenStarted */
                seenStarted?: (number|null);

                /** Hello program */
                program?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Hello. */
            type $Shape = sitewright.v1.Hello.$Properties;
        }

        /**
         * Properties of an Inventory.
         * @deprecated Use sitewright.v1.Inventory.$Properties instead.
         */
        interface IInventory extends sitewright.v1.Inventory.$Properties {
        }

        /** Represents an Inventory. */
        class Inventory {

            /**
             * Constructs a new Inventory.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Inventory.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Inventory digest. */
            digest: Uint8Array;

            /** Inventory units. */
            units: sitewright.v1.Held.$Properties[];

            /** Inventory last. */
            last: boolean;

            /**
             * Encodes the specified Inventory message. Does not implicitly {@link sitewright.v1.Inventory.verify|verify} messages.
             * @param message Inventory message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Inventory.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Inventory message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Inventory & sitewright.v1.Inventory.$Shape} Inventory
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Inventory & sitewright.v1.Inventory.$Shape;
        }

        namespace Inventory {

            /** Properties of an Inventory. */
            interface $Properties {

                /** Inventory digest */
                digest?: (Uint8Array|null);

                /** Inventory units */
                units?: (sitewright.v1.Held.$Properties[]|null);

                /** Inventory last */
                last?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Inventory. */
            type $Shape = sitewright.v1.Inventory.$Properties;
        }

        /**
         * Properties of a Held.
         * @deprecated Use sitewright.v1.Held.$Properties instead.
         */
        interface IHeld extends sitewright.v1.Held.$Properties {
        }

        /** Represents a Held. */
        class Held {

            /**
             * Constructs a new Held.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Held.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Held unit. */
            unit?: (sitewright.v1.Unit.$Properties|null);

            /** Held highest. */
            highest?: (sitewright.v1.Generation.$Properties|null);

            /** Held live. */
            live?: (sitewright.v1.Generation.$Properties|null);

            /** Held liveManifest. */
            liveManifest: Uint8Array;

            /** Held staged. */
            staged?: (sitewright.v1.Generation.$Properties|null);

            /** Held stagedManifest. */
            stagedManifest: Uint8Array;

            /** Held previous. */
            previous: boolean;

            /** Held sourceVersion. */
            sourceVersion: number;

            /** Held content. */
            content: string;

            /** Held highestVersion. */
            highestVersion: number;

            /**
             * Encodes the specified Held message. Does not implicitly {@link sitewright.v1.Held.verify|verify} messages.
             * @param message Held message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Held.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Held message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Held & sitewright.v1.Held.$Shape} Held
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Held & sitewright.v1.Held.$Shape;
        }

        namespace Held {

            /** Properties of a Held. */
            interface $Properties {

                /** Held unit */
                unit?: (sitewright.v1.Unit.$Properties|null);

                /** Held highest */
                highest?: (sitewright.v1.Generation.$Properties|null);

                /** Held live */
                live?: (sitewright.v1.Generation.$Properties|null);

                /** Held liveManifest */
                liveManifest?: (Uint8Array|null);

                /** Held staged */
                staged?: (sitewright.v1.Generation.$Properties|null);

                /** Held stagedManifest */
                stagedManifest?: (Uint8Array|null);

                /** Held previous */
                previous?: (boolean|null);

                /** Held sourceVersion */
                sourceVersion?: (number|null);

                /** Held content */
                content?: (string|null);

                /** Held highestVersion */
                highestVersion?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Held. */
            type $Shape = sitewright.v1.Held.$Properties;
        }

        /**
         * Properties of an UpdateFailed.
         * @deprecated Use sitewright.v1.UpdateFailed.$Properties instead.
         */
        interface IUpdateFailed extends sitewright.v1.UpdateFailed.$Properties {
        }

        /** Represents an UpdateFailed. */
        class UpdateFailed {

            /**
             * Constructs a new UpdateFailed.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.UpdateFailed.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** UpdateFailed id. */
            id: string;

            /** UpdateFailed message. */
            message: string;

            /**
             * Encodes the specified UpdateFailed message. Does not implicitly {@link sitewright.v1.UpdateFailed.verify|verify} messages.
             * @param message UpdateFailed message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.UpdateFailed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an UpdateFailed message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.UpdateFailed & sitewright.v1.UpdateFailed.$Shape} UpdateFailed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.UpdateFailed & sitewright.v1.UpdateFailed.$Shape;
        }

        namespace UpdateFailed {

            /** Properties of an UpdateFailed. */
            interface $Properties {

                /** UpdateFailed id */
                id?: (string|null);

                /** UpdateFailed message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an UpdateFailed. */
            type $Shape = sitewright.v1.UpdateFailed.$Properties;
        }

        /**
         * Properties of a SiteBackups.
         * @deprecated Use sitewright.v1.SiteBackups.$Properties instead.
         */
        interface ISiteBackups extends sitewright.v1.SiteBackups.$Properties {
        }

        /** Represents a SiteBackups. */
        class SiteBackups {

            /**
             * Constructs a new SiteBackups.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.SiteBackups.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SiteBackups id. */
            id: number;

            /** SiteBackups running. */
            running: number;

            /** SiteBackups due. */
            due: number;

            /** SiteBackups runs. */
            runs: sitewright.v1.SiteBackupRun.$Properties[];

            /** SiteBackups code. */
            code: string;

            /** SiteBackups message. */
            message: string;

            /**
             * Encodes the specified SiteBackups message. Does not implicitly {@link sitewright.v1.SiteBackups.verify|verify} messages.
             * @param message SiteBackups message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.SiteBackups.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SiteBackups message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.SiteBackups & sitewright.v1.SiteBackups.$Shape} SiteBackups
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.SiteBackups & sitewright.v1.SiteBackups.$Shape;
        }

        namespace SiteBackups {

            /** Properties of a SiteBackups. */
            interface $Properties {

                /** SiteBackups id */
                id?: (number|null);

                /** SiteBackups running */
                running?: (number|null);

                /** SiteBackups due */
                due?: (number|null);

                /** SiteBackups runs */
                runs?: (sitewright.v1.SiteBackupRun.$Properties[]|null);

                /** SiteBackups code */
                code?: (string|null);

                /** SiteBackups message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SiteBackups. */
            type $Shape = sitewright.v1.SiteBackups.$Properties;
        }

        /**
         * Properties of a SiteBackupRun.
         * @deprecated Use sitewright.v1.SiteBackupRun.$Properties instead.
         */
        interface ISiteBackupRun extends sitewright.v1.SiteBackupRun.$Properties {
        }

        /** Represents a SiteBackupRun. */
        class SiteBackupRun {

            /**
             * Constructs a new SiteBackupRun.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.SiteBackupRun.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SiteBackupRun run. */
            run: string;

            /** SiteBackupRun state. */
            state: string;

            /** SiteBackupRun began. */
            began: number;

            /** SiteBackupRun ended. */
            ended: number;

            /** SiteBackupRun files. */
            files: number;

            /** SiteBackupRun bytes. */
            bytes: number;

            /** SiteBackupRun added. */
            added: number;

            /** SiteBackupRun fault. */
            fault: string;

            /** SiteBackupRun verified. */
            verified: number;

            /** SiteBackupRun bad. */
            bad: number;

            /** SiteBackupRun notTested. */
            notTested: number;

            /** SiteBackupRun archived. */
            archived: string;

            /**
             * Encodes the specified SiteBackupRun message. Does not implicitly {@link sitewright.v1.SiteBackupRun.verify|verify} messages.
             * @param message SiteBackupRun message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.SiteBackupRun.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SiteBackupRun message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.SiteBackupRun & sitewright.v1.SiteBackupRun.$Shape} SiteBackupRun
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.SiteBackupRun & sitewright.v1.SiteBackupRun.$Shape;
        }

        namespace SiteBackupRun {

            /** Properties of a SiteBackupRun. */
            interface $Properties {

                /** SiteBackupRun run */
                run?: (string|null);

                /** SiteBackupRun state */
                state?: (string|null);

                /** SiteBackupRun began */
                began?: (number|null);

                /** SiteBackupRun ended */
                ended?: (number|null);

                /** SiteBackupRun files */
                files?: (number|null);

                /** SiteBackupRun bytes */
                bytes?: (number|null);

                /** SiteBackupRun added */
                added?: (number|null);

                /** SiteBackupRun fault */
                fault?: (string|null);

                /** SiteBackupRun verified */
                verified?: (number|null);

                /** SiteBackupRun bad */
                bad?: (number|null);

                /** SiteBackupRun notTested */
                notTested?: (number|null);

                /** SiteBackupRun archived */
                archived?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SiteBackupRun. */
            type $Shape = sitewright.v1.SiteBackupRun.$Properties;
        }

        /**
         * Properties of an Accepted.
         * @deprecated Use sitewright.v1.Accepted.$Properties instead.
         */
        interface IAccepted extends sitewright.v1.Accepted.$Properties {
        }

        /** Represents an Accepted. */
        class Accepted {

            /**
             * Constructs a new Accepted.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Accepted.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Accepted orderId. */
            orderId: string;

            /** Accepted epoch. */
            epoch: number;

            /**
             * Encodes the specified Accepted message. Does not implicitly {@link sitewright.v1.Accepted.verify|verify} messages.
             * @param message Accepted message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Accepted.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Accepted message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Accepted & sitewright.v1.Accepted.$Shape} Accepted
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Accepted & sitewright.v1.Accepted.$Shape;
        }

        namespace Accepted {

            /** Properties of an Accepted. */
            interface $Properties {

                /** Accepted orderId */
                orderId?: (string|null);

                /** Accepted epoch */
                epoch?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Accepted. */
            type $Shape = sitewright.v1.Accepted.$Properties;
        }

        /** Step enum. */
        enum Step {

            /** STEP_UNSPECIFIED value */
            STEP_UNSPECIFIED = 0,

            /** STEP_INDEXING value */
            STEP_INDEXING = 1,

            /** STEP_FETCHING value */
            STEP_FETCHING = 2,

            /** STEP_CHECKING value */
            STEP_CHECKING = 3,

            /** STEP_ACTIVATING value */
            STEP_ACTIVATING = 4
        }

        /**
         * Properties of a Progress.
         * @deprecated Use sitewright.v1.Progress.$Properties instead.
         */
        interface IProgress extends sitewright.v1.Progress.$Properties {
        }

        /** Represents a Progress. */
        class Progress {

            /**
             * Constructs a new Progress.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Progress.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Progress orderId. */
            orderId: string;

            /** Progress step. */
            step: sitewright.v1.Step;

            /** Progress files. */
            files: number;

            /** Progress reusedBytes. */
            reusedBytes: number;

            /** Progress fetchedBytes. */
            fetchedBytes: number;

            /** Progress retriedBytes. */
            retriedBytes: number;

            /** Progress peerBytes. */
            peerBytes: number;

            /** Progress lookedBytes. */
            lookedBytes: number;

            /**
             * Encodes the specified Progress message. Does not implicitly {@link sitewright.v1.Progress.verify|verify} messages.
             * @param message Progress message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Progress.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Progress message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Progress & sitewright.v1.Progress.$Shape} Progress
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Progress & sitewright.v1.Progress.$Shape;
        }

        namespace Progress {

            /** Properties of a Progress. */
            interface $Properties {

                /** Progress orderId */
                orderId?: (string|null);

                /** Progress step */
                step?: (sitewright.v1.Step|null);

                /** Progress files */
                files?: (number|null);

                /** Progress reusedBytes */
                reusedBytes?: (number|null);

                /** Progress fetchedBytes */
                fetchedBytes?: (number|null);

                /** Progress retriedBytes */
                retriedBytes?: (number|null);

                /** Progress peerBytes */
                peerBytes?: (number|null);

                /** Progress lookedBytes */
                lookedBytes?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Progress. */
            type $Shape = sitewright.v1.Progress.$Properties;
        }

        /**
         * Properties of a Result.
         * @deprecated Use sitewright.v1.Result.$Properties instead.
         */
        interface IResult extends sitewright.v1.Result.$Properties {
        }

        /** Represents a Result. */
        class Result {

            /**
             * Constructs a new Result.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Result.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Result number. */
            number: number;

            /** Result orderId. */
            orderId: string;

            /** Result epoch. */
            epoch: number;

            /** Result unit. */
            unit?: (sitewright.v1.Unit.$Properties|null);

            /** Result generation. */
            generation?: (sitewright.v1.Generation.$Properties|null);

            /** Result failure. */
            failure?: (sitewright.v1.Failure.$Properties|null);

            /** Result staged. */
            staged?: (sitewright.v1.Staged.$Properties|null);

            /** Result activated. */
            activated?: (sitewright.v1.Activated.$Properties|null);

            /** Result removed. */
            removed?: (sitewright.v1.Removed.$Properties|null);

            /** Result verified. */
            verified?: (sitewright.v1.Verified.$Properties|null);

            /** Result estimated. */
            estimated?: (sitewright.v1.Estimated.$Properties|null);

            /** Result undone. */
            undone?: (sitewright.v1.Undone.$Properties|null);

            /** Result body. */
            body?: ("failure"|"staged"|"activated"|"removed"|"verified"|"estimated"|"undone");

            /**
             * Encodes the specified Result message. Does not implicitly {@link sitewright.v1.Result.verify|verify} messages.
             * @param message Result message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Result.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Result message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Result & sitewright.v1.Result.$Shape} Result
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Result & sitewright.v1.Result.$Shape;
        }

        namespace Result {

            /** Properties of a Result. */
            interface $Properties {

                /** Result number */
                number?: (number|null);

                /** Result orderId */
                orderId?: (string|null);

                /** Result epoch */
                epoch?: (number|null);

                /** Result unit */
                unit?: (sitewright.v1.Unit.$Properties|null);

                /** Result generation */
                generation?: (sitewright.v1.Generation.$Properties|null);

                /** Result failure */
                failure?: (sitewright.v1.Failure.$Properties|null);

                /** Result staged */
                staged?: (sitewright.v1.Staged.$Properties|null);

                /** Result activated */
                activated?: (sitewright.v1.Activated.$Properties|null);

                /** Result removed */
                removed?: (sitewright.v1.Removed.$Properties|null);

                /** Result verified */
                verified?: (sitewright.v1.Verified.$Properties|null);

                /** Result estimated */
                estimated?: (sitewright.v1.Estimated.$Properties|null);

                /** Result undone */
                undone?: (sitewright.v1.Undone.$Properties|null);

                /** Result body */
                body?: ("failure"|"staged"|"activated"|"removed"|"verified"|"estimated"|"undone");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Result. */
            type $Shape = {
              number?: number|null;
              orderId?: string|null;
              epoch?: number|null;
              unit?: sitewright.v1.Unit.$Shape|null;
              generation?: sitewright.v1.Generation.$Shape|null;
              failure?: sitewright.v1.Failure.$Shape|null;
              staged?: sitewright.v1.Staged.$Shape|null;
              activated?: sitewright.v1.Activated.$Shape|null;
              removed?: sitewright.v1.Removed.$Shape|null;
              verified?: sitewright.v1.Verified.$Shape|null;
              estimated?: sitewright.v1.Estimated.$Shape|null;
              undone?: sitewright.v1.Undone.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; failure?: null; staged?: null; activated?: null; removed?: null; verified?: null; estimated?: null; undone?: null }|{ body?: "failure"; failure: sitewright.v1.Failure.$Shape; staged?: null; activated?: null; removed?: null; verified?: null; estimated?: null; undone?: null }|{ body?: "staged"; failure?: null; staged: sitewright.v1.Staged.$Shape; activated?: null; removed?: null; verified?: null; estimated?: null; undone?: null }|{ body?: "activated"; failure?: null; staged?: null; activated: sitewright.v1.Activated.$Shape; removed?: null; verified?: null; estimated?: null; undone?: null }|{ body?: "removed"; failure?: null; staged?: null; activated?: null; removed: sitewright.v1.Removed.$Shape; verified?: null; estimated?: null; undone?: null }|{ body?: "verified"; failure?: null; staged?: null; activated?: null; removed?: null; verified: sitewright.v1.Verified.$Shape; estimated?: null; undone?: null }|{ body?: "estimated"; failure?: null; staged?: null; activated?: null; removed?: null; verified?: null; estimated: sitewright.v1.Estimated.$Shape; undone?: null }|{ body?: "undone"; failure?: null; staged?: null; activated?: null; removed?: null; verified?: null; estimated?: null; undone: sitewright.v1.Undone.$Shape })
            );
        }

        /**
         * Properties of a Failure.
         * @deprecated Use sitewright.v1.Failure.$Properties instead.
         */
        interface IFailure extends sitewright.v1.Failure.$Properties {
        }

        /** Represents a Failure. */
        class Failure {

            /**
             * Constructs a new Failure.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Failure.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Failure code. */
            code: string;

            /** Failure message. */
            message: string;

            /** Failure path. */
            path: string;

            /** Failure retryable. */
            retryable: boolean;

            /** Failure held. */
            held?: (sitewright.v1.Generation.$Properties|null);

            /**
             * Encodes the specified Failure message. Does not implicitly {@link sitewright.v1.Failure.verify|verify} messages.
             * @param message Failure message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Failure.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Failure message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Failure & sitewright.v1.Failure.$Shape} Failure
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Failure & sitewright.v1.Failure.$Shape;
        }

        namespace Failure {

            /** Properties of a Failure. */
            interface $Properties {

                /** Failure code */
                code?: (string|null);

                /** Failure message */
                message?: (string|null);

                /** Failure path */
                path?: (string|null);

                /** Failure retryable */
                retryable?: (boolean|null);

                /** Failure held */
                held?: (sitewright.v1.Generation.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Failure. */
            type $Shape = sitewright.v1.Failure.$Properties;
        }

        /**
         * Properties of a Staged.
         * @deprecated Use sitewright.v1.Staged.$Properties instead.
         */
        interface IStaged extends sitewright.v1.Staged.$Properties {
        }

        /** Represents a Staged. */
        class Staged {

            /**
             * Constructs a new Staged.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Staged.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Staged files. */
            files: number;

            /** Staged reusedBytes. */
            reusedBytes: number;

            /** Staged fetchedBytes. */
            fetchedBytes: number;

            /** Staged retriedBytes. */
            retriedBytes: number;

            /** Staged peerBytes. */
            peerBytes: number;

            /**
             * Encodes the specified Staged message. Does not implicitly {@link sitewright.v1.Staged.verify|verify} messages.
             * @param message Staged message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Staged.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Staged message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Staged & sitewright.v1.Staged.$Shape} Staged
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Staged & sitewright.v1.Staged.$Shape;
        }

        namespace Staged {

            /** Properties of a Staged. */
            interface $Properties {

                /** Staged files */
                files?: (number|null);

                /** Staged reusedBytes */
                reusedBytes?: (number|null);

                /** Staged fetchedBytes */
                fetchedBytes?: (number|null);

                /** Staged retriedBytes */
                retriedBytes?: (number|null);

                /** Staged peerBytes */
                peerBytes?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Staged. */
            type $Shape = sitewright.v1.Staged.$Properties;
        }

        /**
         * Properties of an Activated.
         * @deprecated Use sitewright.v1.Activated.$Properties instead.
         */
        interface IActivated extends sitewright.v1.Activated.$Properties {
        }

        /** Represents an Activated. */
        class Activated {

            /**
             * Constructs a new Activated.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Activated.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Activated folders. */
            folders: number;

            /** Activated previous. */
            previous: boolean;

            /**
             * Encodes the specified Activated message. Does not implicitly {@link sitewright.v1.Activated.verify|verify} messages.
             * @param message Activated message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Activated.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Activated message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Activated & sitewright.v1.Activated.$Shape} Activated
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Activated & sitewright.v1.Activated.$Shape;
        }

        namespace Activated {

            /** Properties of an Activated. */
            interface $Properties {

                /** Activated folders */
                folders?: (number|null);

                /** Activated previous */
                previous?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Activated. */
            type $Shape = sitewright.v1.Activated.$Properties;
        }

        /**
         * Properties of a Removed.
         * @deprecated Use sitewright.v1.Removed.$Properties instead.
         */
        interface IRemoved extends sitewright.v1.Removed.$Properties {
        }

        /** Represents a Removed. */
        class Removed {

            /**
             * Constructs a new Removed.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Removed.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Removed files. */
            files: number;

            /**
             * Encodes the specified Removed message. Does not implicitly {@link sitewright.v1.Removed.verify|verify} messages.
             * @param message Removed message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Removed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Removed message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Removed & sitewright.v1.Removed.$Shape} Removed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Removed & sitewright.v1.Removed.$Shape;
        }

        namespace Removed {

            /** Properties of a Removed. */
            interface $Properties {

                /** Removed files */
                files?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Removed. */
            type $Shape = sitewright.v1.Removed.$Properties;
        }

        /**
         * Properties of a Verified.
         * @deprecated Use sitewright.v1.Verified.$Properties instead.
         */
        interface IVerified extends sitewright.v1.Verified.$Properties {
        }

        /** Represents a Verified. */
        class Verified {

            /**
             * Constructs a new Verified.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Verified.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Verified right. */
            right: boolean;

            /** Verified absent. */
            absent: boolean;

            /** Verified stale. */
            stale: boolean;

            /** Verified files. */
            files: number;

            /** Verified bytes. */
            bytes: number;

            /** Verified deviations. */
            deviations: sitewright.v1.Deviation.$Properties[];

            /** Verified deviationCount. */
            deviationCount: number;

            /** Verified counts. */
            counts?: (sitewright.v1.DeviationCounts.$Properties|null);

            /**
             * Encodes the specified Verified message. Does not implicitly {@link sitewright.v1.Verified.verify|verify} messages.
             * @param message Verified message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Verified.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Verified message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Verified & sitewright.v1.Verified.$Shape} Verified
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Verified & sitewright.v1.Verified.$Shape;
        }

        namespace Verified {

            /** Properties of a Verified. */
            interface $Properties {

                /** Verified right */
                right?: (boolean|null);

                /** Verified absent */
                absent?: (boolean|null);

                /** Verified stale */
                stale?: (boolean|null);

                /** Verified files */
                files?: (number|null);

                /** Verified bytes */
                bytes?: (number|null);

                /** Verified deviations */
                deviations?: (sitewright.v1.Deviation.$Properties[]|null);

                /** Verified deviationCount */
                deviationCount?: (number|null);

                /** Verified counts */
                counts?: (sitewright.v1.DeviationCounts.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Verified. */
            type $Shape = sitewright.v1.Verified.$Properties;
        }

        /**
         * Properties of a DeviationCounts.
         * @deprecated Use sitewright.v1.DeviationCounts.$Properties instead.
         */
        interface IDeviationCounts extends sitewright.v1.DeviationCounts.$Properties {
        }

        /** Represents a DeviationCounts. */
        class DeviationCounts {

            /**
             * Constructs a new DeviationCounts.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.DeviationCounts.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DeviationCounts missing. */
            missing: number;

            /** DeviationCounts extra. */
            extra: number;

            /** DeviationCounts damaged. */
            damaged: number;

            /** DeviationCounts rights. */
            rights: number;

            /**
             * Encodes the specified DeviationCounts message. Does not implicitly {@link sitewright.v1.DeviationCounts.verify|verify} messages.
             * @param message DeviationCounts message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.DeviationCounts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DeviationCounts message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.DeviationCounts & sitewright.v1.DeviationCounts.$Shape} DeviationCounts
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.DeviationCounts & sitewright.v1.DeviationCounts.$Shape;
        }

        namespace DeviationCounts {

            /** Properties of a DeviationCounts. */
            interface $Properties {

                /** DeviationCounts missing */
                missing?: (number|null);

                /** DeviationCounts extra */
                extra?: (number|null);

                /** DeviationCounts damaged */
                damaged?: (number|null);

                /** DeviationCounts rights */
                rights?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DeviationCounts. */
            type $Shape = sitewright.v1.DeviationCounts.$Properties;
        }

        /**
         * Properties of a Deviation.
         * @deprecated Use sitewright.v1.Deviation.$Properties instead.
         */
        interface IDeviation extends sitewright.v1.Deviation.$Properties {
        }

        /** Represents a Deviation. */
        class Deviation {

            /**
             * Constructs a new Deviation.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Deviation.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Deviation kind. */
            kind: string;

            /** Deviation path. */
            path: string;

            /**
             * Encodes the specified Deviation message. Does not implicitly {@link sitewright.v1.Deviation.verify|verify} messages.
             * @param message Deviation message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Deviation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Deviation message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Deviation & sitewright.v1.Deviation.$Shape} Deviation
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Deviation & sitewright.v1.Deviation.$Shape;
        }

        namespace Deviation {

            /** Properties of a Deviation. */
            interface $Properties {

                /** Deviation kind */
                kind?: (string|null);

                /** Deviation path */
                path?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Deviation. */
            type $Shape = sitewright.v1.Deviation.$Properties;
        }

        /**
         * Properties of an Estimated.
         * @deprecated Use sitewright.v1.Estimated.$Properties instead.
         */
        interface IEstimated extends sitewright.v1.Estimated.$Properties {
        }

        /** Represents an Estimated. */
        class Estimated {

            /**
             * Constructs a new Estimated.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Estimated.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Estimated files. */
            files: number;

            /** Estimated sourceBytes. */
            sourceBytes: number;

            /** Estimated presentBytes. */
            presentBytes: number;

            /** Estimated indexAgeMs. */
            indexAgeMs: number;

            /**
             * Encodes the specified Estimated message. Does not implicitly {@link sitewright.v1.Estimated.verify|verify} messages.
             * @param message Estimated message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Estimated.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Estimated message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Estimated & sitewright.v1.Estimated.$Shape} Estimated
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Estimated & sitewright.v1.Estimated.$Shape;
        }

        namespace Estimated {

            /** Properties of an Estimated. */
            interface $Properties {

                /** Estimated files */
                files?: (number|null);

                /** Estimated sourceBytes */
                sourceBytes?: (number|null);

                /** Estimated presentBytes */
                presentBytes?: (number|null);

                /** Estimated indexAgeMs */
                indexAgeMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Estimated. */
            type $Shape = sitewright.v1.Estimated.$Properties;
        }

        /**
         * Properties of an Undone.
         * @deprecated Use sitewright.v1.Undone.$Properties instead.
         */
        interface IUndone extends sitewright.v1.Undone.$Properties {
        }

        /** Represents an Undone. */
        class Undone {

            /**
             * Constructs a new Undone.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Undone.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Undone manifest. */
            manifest: Uint8Array;

            /**
             * Encodes the specified Undone message. Does not implicitly {@link sitewright.v1.Undone.verify|verify} messages.
             * @param message Undone message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Undone.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Undone message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Undone & sitewright.v1.Undone.$Shape} Undone
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Undone & sitewright.v1.Undone.$Shape;
        }

        namespace Undone {

            /** Properties of an Undone. */
            interface $Properties {

                /** Undone manifest */
                manifest?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Undone. */
            type $Shape = sitewright.v1.Undone.$Properties;
        }

        /**
         * Properties of a LogLines.
         * @deprecated Use sitewright.v1.LogLines.$Properties instead.
         */
        interface ILogLines extends sitewright.v1.LogLines.$Properties {
        }

        /** Represents a LogLines. */
        class LogLines {

            /**
             * Constructs a new LogLines.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.LogLines.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LogLines id. */
            id: number;

            /** LogLines lines. */
            lines: string[];

            /** LogLines last. */
            last: boolean;

            /**
             * Encodes the specified LogLines message. Does not implicitly {@link sitewright.v1.LogLines.verify|verify} messages.
             * @param message LogLines message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.LogLines.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LogLines message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.LogLines & sitewright.v1.LogLines.$Shape} LogLines
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.LogLines & sitewright.v1.LogLines.$Shape;
        }

        namespace LogLines {

            /** Properties of a LogLines. */
            interface $Properties {

                /** LogLines id */
                id?: (number|null);

                /** LogLines lines */
                lines?: (string[]|null);

                /** LogLines last */
                last?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LogLines. */
            type $Shape = sitewright.v1.LogLines.$Properties;
        }

        /**
         * Properties of a PeerOpen.
         * @deprecated Use sitewright.v1.PeerOpen.$Properties instead.
         */
        interface IPeerOpen extends sitewright.v1.PeerOpen.$Properties {
        }

        /** Represents a PeerOpen. */
        class PeerOpen {

            /**
             * Constructs a new PeerOpen.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.PeerOpen.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PeerOpen host. */
            host: string;

            /** PeerOpen port. */
            port: number;

            /**
             * Encodes the specified PeerOpen message. Does not implicitly {@link sitewright.v1.PeerOpen.verify|verify} messages.
             * @param message PeerOpen message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.PeerOpen.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PeerOpen message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.PeerOpen & sitewright.v1.PeerOpen.$Shape} PeerOpen
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.PeerOpen & sitewright.v1.PeerOpen.$Shape;
        }

        namespace PeerOpen {

            /** Properties of a PeerOpen. */
            interface $Properties {

                /** PeerOpen host */
                host?: (string|null);

                /** PeerOpen port */
                port?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PeerOpen. */
            type $Shape = sitewright.v1.PeerOpen.$Properties;
        }

        /**
         * Properties of a Warnings.
         * @deprecated Use sitewright.v1.Warnings.$Properties instead.
         */
        interface IWarnings extends sitewright.v1.Warnings.$Properties {
        }

        /** Represents a Warnings. */
        class Warnings {

            /**
             * Constructs a new Warnings.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Warnings.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Warnings texts. */
            texts: string[];

            /**
             * Encodes the specified Warnings message. Does not implicitly {@link sitewright.v1.Warnings.verify|verify} messages.
             * @param message Warnings message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Warnings.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Warnings message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Warnings & sitewright.v1.Warnings.$Shape} Warnings
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Warnings & sitewright.v1.Warnings.$Shape;
        }

        namespace Warnings {

            /** Properties of a Warnings. */
            interface $Properties {

                /** Warnings texts */
                texts?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Warnings. */
            type $Shape = sitewright.v1.Warnings.$Properties;
        }

        /**
         * Properties of a ContentPart.
         * @deprecated Use sitewright.v1.ContentPart.$Properties instead.
         */
        interface IContentPart extends sitewright.v1.ContentPart.$Properties {
        }

        /** Represents a ContentPart. */
        class ContentPart {

            /**
             * Constructs a new ContentPart.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.ContentPart.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ContentPart id. */
            id: number;

            /** ContentPart bytes. */
            bytes: Uint8Array;

            /** ContentPart objects. */
            objects: sitewright.v1.SeenObject.$Properties[];

            /** ContentPart last. */
            last: boolean;

            /** ContentPart code. */
            code: string;

            /** ContentPart message. */
            message: string;

            /** ContentPart remembered. */
            remembered: sitewright.v1.SeenObject.$Properties[];

            /**
             * Encodes the specified ContentPart message. Does not implicitly {@link sitewright.v1.ContentPart.verify|verify} messages.
             * @param message ContentPart message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.ContentPart.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ContentPart message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.ContentPart & sitewright.v1.ContentPart.$Shape} ContentPart
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ContentPart & sitewright.v1.ContentPart.$Shape;
        }

        namespace ContentPart {

            /** Properties of a ContentPart. */
            interface $Properties {

                /** ContentPart id */
                id?: (number|null);

                /** ContentPart bytes */
                bytes?: (Uint8Array|null);

                /** ContentPart objects */
                objects?: (sitewright.v1.SeenObject.$Properties[]|null);

                /** ContentPart last */
                last?: (boolean|null);

                /** ContentPart code */
                code?: (string|null);

                /** ContentPart message */
                message?: (string|null);

                /** ContentPart remembered */
                remembered?: (sitewright.v1.SeenObject.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ContentPart. */
            type $Shape = sitewright.v1.ContentPart.$Properties;
        }

        /**
         * Properties of a SeenObject.
         * @deprecated Use sitewright.v1.SeenObject.$Properties instead.
         */
        interface ISeenObject extends sitewright.v1.SeenObject.$Properties {
        }

        /** Represents a SeenObject. */
        class SeenObject {

            /**
             * Constructs a new SeenObject.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.SeenObject.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SeenObject path. */
            path: string;

            /** SeenObject number. */
            number: number;

            /** SeenObject hash. */
            hash: Uint8Array;

            /** SeenObject size. */
            size: number;

            /**
             * Encodes the specified SeenObject message. Does not implicitly {@link sitewright.v1.SeenObject.verify|verify} messages.
             * @param message SeenObject message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.SeenObject.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SeenObject message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.SeenObject & sitewright.v1.SeenObject.$Shape} SeenObject
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.SeenObject & sitewright.v1.SeenObject.$Shape;
        }

        namespace SeenObject {

            /** Properties of a SeenObject. */
            interface $Properties {

                /** SeenObject path */
                path?: (string|null);

                /** SeenObject number */
                number?: (number|null);

                /** SeenObject hash */
                hash?: (Uint8Array|null);

                /** SeenObject size */
                size?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SeenObject. */
            type $Shape = sitewright.v1.SeenObject.$Properties;
        }

        /**
         * Properties of a Holds.
         * @deprecated Use sitewright.v1.Holds.$Properties instead.
         */
        interface IHolds extends sitewright.v1.Holds.$Properties {
        }

        /** Represents a Holds. */
        class Holds {

            /**
             * Constructs a new Holds.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Holds.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Holds manifest. */
            manifest: Uint8Array;

            /** Holds bounds. */
            bounds: number[];

            /**
             * Encodes the specified Holds message. Does not implicitly {@link sitewright.v1.Holds.verify|verify} messages.
             * @param message Holds message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Holds.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Holds message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Holds & sitewright.v1.Holds.$Shape} Holds
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Holds & sitewright.v1.Holds.$Shape;
        }

        namespace Holds {

            /** Properties of a Holds. */
            interface $Properties {

                /** Holds manifest */
                manifest?: (Uint8Array|null);

                /** Holds bounds */
                bounds?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Holds. */
            type $Shape = sitewright.v1.Holds.$Properties;
        }

        /** Role enum. */
        enum Role {

            /** ROLE_UNSPECIFIED value */
            ROLE_UNSPECIFIED = 0,

            /** ROLE_CAP value */
            ROLE_CAP = 1,

            /** ROLE_LOGON_POINT value */
            ROLE_LOGON_POINT = 2,

            /** ROLE_DP value */
            ROLE_DP = 3
        }

        /**
         * Properties of a Unit.
         * @deprecated Use sitewright.v1.Unit.$Properties instead.
         */
        interface IUnit extends sitewright.v1.Unit.$Properties {
        }

        /** Represents a Unit. */
        class Unit {

            /**
             * Constructs a new Unit.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Unit.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Unit role. */
            role: sitewright.v1.Role;

            /** Unit name. */
            name: string;

            /**
             * Encodes the specified Unit message. Does not implicitly {@link sitewright.v1.Unit.verify|verify} messages.
             * @param message Unit message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Unit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Unit message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Unit & sitewright.v1.Unit.$Shape} Unit
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Unit & sitewright.v1.Unit.$Shape;
        }

        namespace Unit {

            /** Properties of a Unit. */
            interface $Properties {

                /** Unit role */
                role?: (sitewright.v1.Role|null);

                /** Unit name */
                name?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Unit. */
            type $Shape = sitewright.v1.Unit.$Properties;
        }

        /**
         * Properties of a Generation.
         * @deprecated Use sitewright.v1.Generation.$Properties instead.
         */
        interface IGeneration extends sitewright.v1.Generation.$Properties {
        }

        /** Represents a Generation. */
        class Generation {

            /**
             * Constructs a new Generation.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Generation.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Generation epoch. */
            epoch: number;

            /** Generation counter. */
            counter: number;

            /**
             * Encodes the specified Generation message. Does not implicitly {@link sitewright.v1.Generation.verify|verify} messages.
             * @param message Generation message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Generation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Generation message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Generation & sitewright.v1.Generation.$Shape} Generation
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Generation & sitewright.v1.Generation.$Shape;
        }

        namespace Generation {

            /** Properties of a Generation. */
            interface $Properties {

                /** Generation epoch */
                epoch?: (number|null);

                /** Generation counter */
                counter?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Generation. */
            type $Shape = sitewright.v1.Generation.$Properties;
        }

        /**
         * Properties of a CoordinatorMessage.
         * @deprecated Use sitewright.v1.CoordinatorMessage.$Properties instead.
         */
        interface ICoordinatorMessage extends sitewright.v1.CoordinatorMessage.$Properties {
        }

        /** Represents a CoordinatorMessage. */
        class CoordinatorMessage {

            /**
             * Constructs a new CoordinatorMessage.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.CoordinatorMessage.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** CoordinatorMessage challenge. */
            challenge?: (sitewright.v1.Challenge.$Properties|null);

            /** CoordinatorMessage welcome. */
            welcome?: (sitewright.v1.Welcome.$Properties|null);

            /** CoordinatorMessage order. */
            order?: (sitewright.v1.Order.$Properties|null);

            /** CoordinatorMessage cancel. */
            cancel?: (sitewright.v1.Cancel.$Properties|null);

            /** CoordinatorMessage ack. */
            ack?: (sitewright.v1.Ack.$Properties|null);

            /** CoordinatorMessage logQuery. */
            logQuery?: (sitewright.v1.LogQuery.$Properties|null);

            /** CoordinatorMessage peerAccess. */
            peerAccess?: (sitewright.v1.PeerAccess.$Properties|null);

            /** CoordinatorMessage contentQuery. */
            contentQuery?: (sitewright.v1.ContentQuery.$Properties|null);

            /** CoordinatorMessage update. */
            update?: (sitewright.v1.Update.$Properties|null);

            /** CoordinatorMessage siteBackupQuery. */
            siteBackupQuery?: (sitewright.v1.SiteBackupQuery.$Properties|null);

            /** CoordinatorMessage coordinators. */
            coordinators?: (sitewright.v1.Coordinators.$Properties|null);

            /** CoordinatorMessage backupLine. */
            backupLine?: (sitewright.v1.BackupLine.$Properties|null);

            /** CoordinatorMessage body. */
            body?: ("challenge"|"welcome"|"order"|"cancel"|"ack"|"logQuery"|"peerAccess"|"contentQuery"|"update"|"siteBackupQuery"|"coordinators"|"backupLine");

            /**
             * Encodes the specified CoordinatorMessage message. Does not implicitly {@link sitewright.v1.CoordinatorMessage.verify|verify} messages.
             * @param message CoordinatorMessage message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.CoordinatorMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a CoordinatorMessage message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.CoordinatorMessage & sitewright.v1.CoordinatorMessage.$Shape} CoordinatorMessage
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.CoordinatorMessage & sitewright.v1.CoordinatorMessage.$Shape;
        }

        namespace CoordinatorMessage {

            /** Properties of a CoordinatorMessage. */
            interface $Properties {

                /** CoordinatorMessage challenge */
                challenge?: (sitewright.v1.Challenge.$Properties|null);

                /** CoordinatorMessage welcome */
                welcome?: (sitewright.v1.Welcome.$Properties|null);

                /** CoordinatorMessage order */
                order?: (sitewright.v1.Order.$Properties|null);

                /** CoordinatorMessage cancel */
                cancel?: (sitewright.v1.Cancel.$Properties|null);

                /** CoordinatorMessage ack */
                ack?: (sitewright.v1.Ack.$Properties|null);

                /** CoordinatorMessage logQuery */
                logQuery?: (sitewright.v1.LogQuery.$Properties|null);

                /** CoordinatorMessage peerAccess */
                peerAccess?: (sitewright.v1.PeerAccess.$Properties|null);

                /** CoordinatorMessage contentQuery */
                contentQuery?: (sitewright.v1.ContentQuery.$Properties|null);

                /** CoordinatorMessage update */
                update?: (sitewright.v1.Update.$Properties|null);

                /** CoordinatorMessage siteBackupQuery */
                siteBackupQuery?: (sitewright.v1.SiteBackupQuery.$Properties|null);

                /** CoordinatorMessage coordinators */
                coordinators?: (sitewright.v1.Coordinators.$Properties|null);

                /** CoordinatorMessage backupLine */
                backupLine?: (sitewright.v1.BackupLine.$Properties|null);

                /** CoordinatorMessage body */
                body?: ("challenge"|"welcome"|"order"|"cancel"|"ack"|"logQuery"|"peerAccess"|"contentQuery"|"update"|"siteBackupQuery"|"coordinators"|"backupLine");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a CoordinatorMessage. */
            type $Shape = {
              challenge?: sitewright.v1.Challenge.$Shape|null;
              welcome?: sitewright.v1.Welcome.$Shape|null;
              order?: sitewright.v1.Order.$Shape|null;
              cancel?: sitewright.v1.Cancel.$Shape|null;
              ack?: sitewright.v1.Ack.$Shape|null;
              logQuery?: sitewright.v1.LogQuery.$Shape|null;
              peerAccess?: sitewright.v1.PeerAccess.$Shape|null;
              contentQuery?: sitewright.v1.ContentQuery.$Shape|null;
              update?: sitewright.v1.Update.$Shape|null;
              siteBackupQuery?: sitewright.v1.SiteBackupQuery.$Shape|null;
              coordinators?: sitewright.v1.Coordinators.$Shape|null;
              backupLine?: sitewright.v1.BackupLine.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; challenge?: null; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "challenge"; challenge: sitewright.v1.Challenge.$Shape; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "welcome"; challenge?: null; welcome: sitewright.v1.Welcome.$Shape; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "order"; challenge?: null; welcome?: null; order: sitewright.v1.Order.$Shape; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "cancel"; challenge?: null; welcome?: null; order?: null; cancel: sitewright.v1.Cancel.$Shape; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "ack"; challenge?: null; welcome?: null; order?: null; cancel?: null; ack: sitewright.v1.Ack.$Shape; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "logQuery"; challenge?: null; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery: sitewright.v1.LogQuery.$Shape; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "peerAccess"; challenge?: null; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess: sitewright.v1.PeerAccess.$Shape; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "contentQuery"; challenge?: null; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery: sitewright.v1.ContentQuery.$Shape; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "update"; challenge?: null; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update: sitewright.v1.Update.$Shape; siteBackupQuery?: null; coordinators?: null; backupLine?: null }|{ body?: "siteBackupQuery"; challenge?: null; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery: sitewright.v1.SiteBackupQuery.$Shape; coordinators?: null; backupLine?: null }|{ body?: "coordinators"; challenge?: null; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators: sitewright.v1.Coordinators.$Shape; backupLine?: null }|{ body?: "backupLine"; challenge?: null; welcome?: null; order?: null; cancel?: null; ack?: null; logQuery?: null; peerAccess?: null; contentQuery?: null; update?: null; siteBackupQuery?: null; coordinators?: null; backupLine: sitewright.v1.BackupLine.$Shape })
            );
        }

        /**
         * Properties of a Challenge.
         * @deprecated Use sitewright.v1.Challenge.$Properties instead.
         */
        interface IChallenge extends sitewright.v1.Challenge.$Properties {
        }

        /** Represents a Challenge. */
        class Challenge {

            /**
             * Constructs a new Challenge.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Challenge.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Challenge nonce. */
            nonce: Uint8Array;

            /** Challenge versionMin. */
            versionMin: number;

            /** Challenge versionMax. */
            versionMax: number;

            /** Challenge coordinator. */
            coordinator: string;

            /** Challenge restored. */
            restored: number;

            /** Challenge started. */
            started: number;

            /** Challenge succession. */
            succession: number;

            /**
             * Encodes the specified Challenge message. Does not implicitly {@link sitewright.v1.Challenge.verify|verify} messages.
             * @param message Challenge message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Challenge.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Challenge message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Challenge & sitewright.v1.Challenge.$Shape} Challenge
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Challenge & sitewright.v1.Challenge.$Shape;
        }

        namespace Challenge {

            /** Properties of a Challenge. */
            interface $Properties {

                /** Challenge nonce */
                nonce?: (Uint8Array|null);

                /** Challenge versionMin */
                versionMin?: (number|null);

                /** Challenge versionMax */
                versionMax?: (number|null);

                /** Challenge coordinator */
                coordinator?: (string|null);

                /** Challenge restored */
                restored?: (number|null);

                /** Challenge started */
                started?: (number|null);

                /** Challenge succession */
                succession?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Challenge. */
            type $Shape = sitewright.v1.Challenge.$Properties;
        }

        /**
         * Properties of a Welcome.
         * @deprecated Use sitewright.v1.Welcome.$Properties instead.
         */
        interface IWelcome extends sitewright.v1.Welcome.$Properties {
        }

        /** Represents a Welcome. */
        class Welcome {

            /**
             * Constructs a new Welcome.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Welcome.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Welcome version. */
            version: number;

            /** Welcome contentToken. */
            contentToken: string;

            /** Welcome acked. */
            acked: number;

            /** Welcome sendInventory. */
            sendInventory: boolean;

            /** Welcome takesWarnings. */
            takesWarnings: boolean;

            /** Welcome reservation. */
            reservation: string;

            /**
             * Encodes the specified Welcome message. Does not implicitly {@link sitewright.v1.Welcome.verify|verify} messages.
             * @param message Welcome message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Welcome message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Welcome & sitewright.v1.Welcome.$Shape} Welcome
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Welcome & sitewright.v1.Welcome.$Shape;
        }

        namespace Welcome {

            /** Properties of a Welcome. */
            interface $Properties {

                /** Welcome version */
                version?: (number|null);

                /** Welcome contentToken */
                contentToken?: (string|null);

                /** Welcome acked */
                acked?: (number|null);

                /** Welcome sendInventory */
                sendInventory?: (boolean|null);

                /** Welcome takesWarnings */
                takesWarnings?: (boolean|null);

                /** Welcome reservation */
                reservation?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Welcome. */
            type $Shape = sitewright.v1.Welcome.$Properties;
        }

        /**
         * Properties of a Coordinators.
         * @deprecated Use sitewright.v1.Coordinators.$Properties instead.
         */
        interface ICoordinators extends sitewright.v1.Coordinators.$Properties {
        }

        /** Represents a Coordinators. */
        class Coordinators {

            /**
             * Constructs a new Coordinators.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Coordinators.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Coordinators urls. */
            urls: string[];

            /** Coordinators content. */
            content: string;

            /**
             * Encodes the specified Coordinators message. Does not implicitly {@link sitewright.v1.Coordinators.verify|verify} messages.
             * @param message Coordinators message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Coordinators.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Coordinators message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Coordinators & sitewright.v1.Coordinators.$Shape} Coordinators
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Coordinators & sitewright.v1.Coordinators.$Shape;
        }

        namespace Coordinators {

            /** Properties of a Coordinators. */
            interface $Properties {

                /** Coordinators urls */
                urls?: (string[]|null);

                /** Coordinators content */
                content?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Coordinators. */
            type $Shape = sitewright.v1.Coordinators.$Properties;
        }

        /**
         * Properties of an Order.
         * @deprecated Use sitewright.v1.Order.$Properties instead.
         */
        interface IOrder extends sitewright.v1.Order.$Properties {
        }

        /** Represents an Order. */
        class Order {

            /**
             * Constructs a new Order.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Order.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Order id. */
            id: string;

            /** Order epoch. */
            epoch: number;

            /** Order unit. */
            unit?: (sitewright.v1.Unit.$Properties|null);

            /** Order generation. */
            generation?: (sitewright.v1.Generation.$Properties|null);

            /** Order stage. */
            stage?: (sitewright.v1.Stage.$Properties|null);

            /** Order activate. */
            activate?: (sitewright.v1.Activate.$Properties|null);

            /** Order remove. */
            remove?: (sitewright.v1.Remove.$Properties|null);

            /** Order verify. */
            verify?: (sitewright.v1.Verify.$Properties|null);

            /** Order estimate. */
            estimate?: (sitewright.v1.Estimate.$Properties|null);

            /** Order undo. */
            undo?: (sitewright.v1.Undo.$Properties|null);

            /** Order body. */
            body?: ("stage"|"activate"|"remove"|"verify"|"estimate"|"undo");

            /**
             * Encodes the specified Order message. Does not implicitly {@link sitewright.v1.Order.verify|verify} messages.
             * @param message Order message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Order.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Order message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Order & sitewright.v1.Order.$Shape} Order
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Order & sitewright.v1.Order.$Shape;
        }

        namespace Order {

            /** Properties of an Order. */
            interface $Properties {

                /** Order id */
                id?: (string|null);

                /** Order epoch */
                epoch?: (number|null);

                /** Order unit */
                unit?: (sitewright.v1.Unit.$Properties|null);

                /** Order generation */
                generation?: (sitewright.v1.Generation.$Properties|null);

                /** Order stage */
                stage?: (sitewright.v1.Stage.$Properties|null);

                /** Order activate */
                activate?: (sitewright.v1.Activate.$Properties|null);

                /** Order remove */
                remove?: (sitewright.v1.Remove.$Properties|null);

                /** Order verify */
                verify?: (sitewright.v1.Verify.$Properties|null);

                /** Order estimate */
                estimate?: (sitewright.v1.Estimate.$Properties|null);

                /** Order undo */
                undo?: (sitewright.v1.Undo.$Properties|null);

                /** Order body */
                body?: ("stage"|"activate"|"remove"|"verify"|"estimate"|"undo");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of an Order. */
            type $Shape = {
              id?: string|null;
              epoch?: number|null;
              unit?: sitewright.v1.Unit.$Shape|null;
              generation?: sitewright.v1.Generation.$Shape|null;
              stage?: sitewright.v1.Stage.$Shape|null;
              activate?: sitewright.v1.Activate.$Shape|null;
              remove?: sitewright.v1.Remove.$Shape|null;
              verify?: sitewright.v1.Verify.$Shape|null;
              estimate?: sitewright.v1.Estimate.$Shape|null;
              undo?: sitewright.v1.Undo.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; stage?: null; activate?: null; remove?: null; verify?: null; estimate?: null; undo?: null }|{ body?: "stage"; stage: sitewright.v1.Stage.$Shape; activate?: null; remove?: null; verify?: null; estimate?: null; undo?: null }|{ body?: "activate"; stage?: null; activate: sitewright.v1.Activate.$Shape; remove?: null; verify?: null; estimate?: null; undo?: null }|{ body?: "remove"; stage?: null; activate?: null; remove: sitewright.v1.Remove.$Shape; verify?: null; estimate?: null; undo?: null }|{ body?: "verify"; stage?: null; activate?: null; remove?: null; verify: sitewright.v1.Verify.$Shape; estimate?: null; undo?: null }|{ body?: "estimate"; stage?: null; activate?: null; remove?: null; verify?: null; estimate: sitewright.v1.Estimate.$Shape; undo?: null }|{ body?: "undo"; stage?: null; activate?: null; remove?: null; verify?: null; estimate?: null; undo: sitewright.v1.Undo.$Shape })
            );
        }

        /**
         * Properties of a Stage.
         * @deprecated Use sitewright.v1.Stage.$Properties instead.
         */
        interface IStage extends sitewright.v1.Stage.$Properties {
        }

        /** Represents a Stage. */
        class Stage {

            /**
             * Constructs a new Stage.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Stage.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Stage manifest. */
            manifest: Uint8Array;

            /** Stage manifestBytes. */
            manifestBytes: number;

            /** Stage full. */
            full: boolean;

            /** Stage sourceVersion. */
            sourceVersion: number;

            /** Stage content. */
            content: string;

            /** Stage activation. */
            activation?: (sitewright.v1.Following.$Properties|null);

            /**
             * Encodes the specified Stage message. Does not implicitly {@link sitewright.v1.Stage.verify|verify} messages.
             * @param message Stage message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Stage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Stage message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Stage & sitewright.v1.Stage.$Shape} Stage
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Stage & sitewright.v1.Stage.$Shape;
        }

        namespace Stage {

            /** Properties of a Stage. */
            interface $Properties {

                /** Stage manifest */
                manifest?: (Uint8Array|null);

                /** Stage manifestBytes */
                manifestBytes?: (number|null);

                /** Stage full */
                full?: (boolean|null);

                /** Stage sourceVersion */
                sourceVersion?: (number|null);

                /** Stage content */
                content?: (string|null);

                /** Stage activation */
                activation?: (sitewright.v1.Following.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Stage. */
            type $Shape = sitewright.v1.Stage.$Properties;
        }

        /**
         * Properties of a Following.
         * @deprecated Use sitewright.v1.Following.$Properties instead.
         */
        interface IFollowing extends sitewright.v1.Following.$Properties {
        }

        /** Represents a Following. */
        class Following {

            /**
             * Constructs a new Following.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Following.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Following id. */
            id: string;

            /** Following epoch. */
            epoch: number;

            /** Following graceMs. */
            graceMs: number;

            /**
             * Encodes the specified Following message. Does not implicitly {@link sitewright.v1.Following.verify|verify} messages.
             * @param message Following message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Following.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Following message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Following & sitewright.v1.Following.$Shape} Following
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Following & sitewright.v1.Following.$Shape;
        }

        namespace Following {

            /** Properties of a Following. */
            interface $Properties {

                /** Following id */
                id?: (string|null);

                /** Following epoch */
                epoch?: (number|null);

                /** Following graceMs */
                graceMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Following. */
            type $Shape = sitewright.v1.Following.$Properties;
        }

        /**
         * Properties of an Activate.
         * @deprecated Use sitewright.v1.Activate.$Properties instead.
         */
        interface IActivate extends sitewright.v1.Activate.$Properties {
        }

        /** Represents an Activate. */
        class Activate {

            /**
             * Constructs a new Activate.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Activate.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Activate graceMs. */
            graceMs: number;

            /**
             * Encodes the specified Activate message. Does not implicitly {@link sitewright.v1.Activate.verify|verify} messages.
             * @param message Activate message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Activate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Activate message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Activate & sitewright.v1.Activate.$Shape} Activate
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Activate & sitewright.v1.Activate.$Shape;
        }

        namespace Activate {

            /** Properties of an Activate. */
            interface $Properties {

                /** Activate graceMs */
                graceMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Activate. */
            type $Shape = sitewright.v1.Activate.$Properties;
        }

        /**
         * Properties of a Remove.
         * @deprecated Use sitewright.v1.Remove.$Properties instead.
         */
        interface IRemove extends sitewright.v1.Remove.$Properties {
        }

        /** Represents a Remove. */
        class Remove {

            /**
             * Constructs a new Remove.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Remove.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Remove owned. */
            owned: sitewright.v1.OwnedPath.$Properties[];

            /**
             * Encodes the specified Remove message. Does not implicitly {@link sitewright.v1.Remove.verify|verify} messages.
             * @param message Remove message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Remove.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Remove message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Remove & sitewright.v1.Remove.$Shape} Remove
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Remove & sitewright.v1.Remove.$Shape;
        }

        namespace Remove {

            /** Properties of a Remove. */
            interface $Properties {

                /** Remove owned */
                owned?: (sitewright.v1.OwnedPath.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Remove. */
            type $Shape = sitewright.v1.Remove.$Properties;
        }

        /**
         * Properties of a Verify.
         * @deprecated Use sitewright.v1.Verify.$Properties instead.
         */
        interface IVerify extends sitewright.v1.Verify.$Properties {
        }

        /** Represents a Verify. */
        class Verify {

            /**
             * Constructs a new Verify.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Verify.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Verify manifest. */
            manifest: Uint8Array;

            /** Verify manifestBytes. */
            manifestBytes: number;

            /** Verify full. */
            full: boolean;

            /**
             * Encodes the specified Verify message. Does not implicitly {@link sitewright.v1.Verify.verify|verify} messages.
             * @param message Verify message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Verify.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Verify message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Verify & sitewright.v1.Verify.$Shape} Verify
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Verify & sitewright.v1.Verify.$Shape;
        }

        namespace Verify {

            /** Properties of a Verify. */
            interface $Properties {

                /** Verify manifest */
                manifest?: (Uint8Array|null);

                /** Verify manifestBytes */
                manifestBytes?: (number|null);

                /** Verify full */
                full?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Verify. */
            type $Shape = sitewright.v1.Verify.$Properties;
        }

        /**
         * Properties of an Estimate.
         * @deprecated Use sitewright.v1.Estimate.$Properties instead.
         */
        interface IEstimate extends sitewright.v1.Estimate.$Properties {
        }

        /** Represents an Estimate. */
        class Estimate {

            /**
             * Constructs a new Estimate.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Estimate.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Estimate manifest. */
            manifest: Uint8Array;

            /** Estimate manifestBytes. */
            manifestBytes: number;

            /**
             * Encodes the specified Estimate message. Does not implicitly {@link sitewright.v1.Estimate.verify|verify} messages.
             * @param message Estimate message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Estimate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Estimate message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Estimate & sitewright.v1.Estimate.$Shape} Estimate
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Estimate & sitewright.v1.Estimate.$Shape;
        }

        namespace Estimate {

            /** Properties of an Estimate. */
            interface $Properties {

                /** Estimate manifest */
                manifest?: (Uint8Array|null);

                /** Estimate manifestBytes */
                manifestBytes?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Estimate. */
            type $Shape = sitewright.v1.Estimate.$Properties;
        }

        /**
         * Properties of an Undo.
         * @deprecated Use sitewright.v1.Undo.$Properties instead.
         */
        interface IUndo extends sitewright.v1.Undo.$Properties {
        }

        /** Represents an Undo. */
        class Undo {

            /**
             * Constructs a new Undo.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Undo.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Undo graceMs. */
            graceMs: number;

            /**
             * Encodes the specified Undo message. Does not implicitly {@link sitewright.v1.Undo.verify|verify} messages.
             * @param message Undo message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Undo.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Undo message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Undo & sitewright.v1.Undo.$Shape} Undo
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Undo & sitewright.v1.Undo.$Shape;
        }

        namespace Undo {

            /** Properties of an Undo. */
            interface $Properties {

                /** Undo graceMs */
                graceMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Undo. */
            type $Shape = sitewright.v1.Undo.$Properties;
        }

        /**
         * Properties of an Update.
         * @deprecated Use sitewright.v1.Update.$Properties instead.
         */
        interface IUpdate extends sitewright.v1.Update.$Properties {
        }

        /** Represents an Update. */
        class Update {

            /**
             * Constructs a new Update.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Update.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Update id. */
            id: string;

            /** Update version. */
            version: string;

            /** Update digest. */
            digest: Uint8Array;

            /** Update signature. */
            signature: Uint8Array;

            /**
             * Encodes the specified Update message. Does not implicitly {@link sitewright.v1.Update.verify|verify} messages.
             * @param message Update message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Update.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Update message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Update & sitewright.v1.Update.$Shape} Update
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Update & sitewright.v1.Update.$Shape;
        }

        namespace Update {

            /** Properties of an Update. */
            interface $Properties {

                /** Update id */
                id?: (string|null);

                /** Update version */
                version?: (string|null);

                /** Update digest */
                digest?: (Uint8Array|null);

                /** Update signature */
                signature?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Update. */
            type $Shape = sitewright.v1.Update.$Properties;
        }

        /**
         * Properties of a SiteBackupQuery.
         * @deprecated Use sitewright.v1.SiteBackupQuery.$Properties instead.
         */
        interface ISiteBackupQuery extends sitewright.v1.SiteBackupQuery.$Properties {
        }

        /** Represents a SiteBackupQuery. */
        class SiteBackupQuery {

            /**
             * Constructs a new SiteBackupQuery.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.SiteBackupQuery.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SiteBackupQuery id. */
            id: number;

            /** SiteBackupQuery begin. */
            begin: boolean;

            /**
             * Encodes the specified SiteBackupQuery message. Does not implicitly {@link sitewright.v1.SiteBackupQuery.verify|verify} messages.
             * @param message SiteBackupQuery message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.SiteBackupQuery.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SiteBackupQuery message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.SiteBackupQuery & sitewright.v1.SiteBackupQuery.$Shape} SiteBackupQuery
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.SiteBackupQuery & sitewright.v1.SiteBackupQuery.$Shape;
        }

        namespace SiteBackupQuery {

            /** Properties of a SiteBackupQuery. */
            interface $Properties {

                /** SiteBackupQuery id */
                id?: (number|null);

                /** SiteBackupQuery begin */
                begin?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SiteBackupQuery. */
            type $Shape = sitewright.v1.SiteBackupQuery.$Properties;
        }

        /**
         * Properties of a BackupLine.
         * @deprecated Use sitewright.v1.BackupLine.$Properties instead.
         */
        interface IBackupLine extends sitewright.v1.BackupLine.$Properties {
        }

        /** Represents a BackupLine. */
        class BackupLine {

            /**
             * Constructs a new BackupLine.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.BackupLine.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** BackupLine id. */
            id: string;

            /** BackupLine system. */
            system: string;

            /**
             * Encodes the specified BackupLine message. Does not implicitly {@link sitewright.v1.BackupLine.verify|verify} messages.
             * @param message BackupLine message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.BackupLine.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a BackupLine message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.BackupLine & sitewright.v1.BackupLine.$Shape} BackupLine
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.BackupLine & sitewright.v1.BackupLine.$Shape;
        }

        namespace BackupLine {

            /** Properties of a BackupLine. */
            interface $Properties {

                /** BackupLine id */
                id?: (string|null);

                /** BackupLine system */
                system?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a BackupLine. */
            type $Shape = sitewright.v1.BackupLine.$Properties;
        }

        /**
         * Properties of a Cancel.
         * @deprecated Use sitewright.v1.Cancel.$Properties instead.
         */
        interface ICancel extends sitewright.v1.Cancel.$Properties {
        }

        /** Represents a Cancel. */
        class Cancel {

            /**
             * Constructs a new Cancel.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Cancel.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Cancel orderId. */
            orderId: string;

            /** Cancel epoch. */
            epoch: number;

            /**
             * Encodes the specified Cancel message. Does not implicitly {@link sitewright.v1.Cancel.verify|verify} messages.
             * @param message Cancel message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Cancel.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Cancel message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Cancel & sitewright.v1.Cancel.$Shape} Cancel
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Cancel & sitewright.v1.Cancel.$Shape;
        }

        namespace Cancel {

            /** Properties of a Cancel. */
            interface $Properties {

                /** Cancel orderId */
                orderId?: (string|null);

                /** Cancel epoch */
                epoch?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Cancel. */
            type $Shape = sitewright.v1.Cancel.$Properties;
        }

        /**
         * Properties of an Ack.
         * @deprecated Use sitewright.v1.Ack.$Properties instead.
         */
        interface IAck extends sitewright.v1.Ack.$Properties {
        }

        /** Represents an Ack. */
        class Ack {

            /**
             * Constructs a new Ack.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Ack.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Ack upTo. */
            upTo: number;

            /**
             * Encodes the specified Ack message. Does not implicitly {@link sitewright.v1.Ack.verify|verify} messages.
             * @param message Ack message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Ack message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Ack & sitewright.v1.Ack.$Shape} Ack
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Ack & sitewright.v1.Ack.$Shape;
        }

        namespace Ack {

            /** Properties of an Ack. */
            interface $Properties {

                /** Ack upTo */
                upTo?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Ack. */
            type $Shape = sitewright.v1.Ack.$Properties;
        }

        /**
         * Properties of a LogQuery.
         * @deprecated Use sitewright.v1.LogQuery.$Properties instead.
         */
        interface ILogQuery extends sitewright.v1.LogQuery.$Properties {
        }

        /** Represents a LogQuery. */
        class LogQuery {

            /**
             * Constructs a new LogQuery.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.LogQuery.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LogQuery id. */
            id: number;

            /** LogQuery order. */
            order: string;

            /** LogQuery limit. */
            limit: number;

            /**
             * Encodes the specified LogQuery message. Does not implicitly {@link sitewright.v1.LogQuery.verify|verify} messages.
             * @param message LogQuery message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.LogQuery.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LogQuery message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.LogQuery & sitewright.v1.LogQuery.$Shape} LogQuery
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.LogQuery & sitewright.v1.LogQuery.$Shape;
        }

        namespace LogQuery {

            /** Properties of a LogQuery. */
            interface $Properties {

                /** LogQuery id */
                id?: (number|null);

                /** LogQuery order */
                order?: (string|null);

                /** LogQuery limit */
                limit?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LogQuery. */
            type $Shape = sitewright.v1.LogQuery.$Properties;
        }

        /**
         * Properties of a ContentQuery.
         * @deprecated Use sitewright.v1.ContentQuery.$Properties instead.
         */
        interface IContentQuery extends sitewright.v1.ContentQuery.$Properties {
        }

        /** Represents a ContentQuery. */
        class ContentQuery {

            /**
             * Constructs a new ContentQuery.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.ContentQuery.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ContentQuery id. */
            id: number;

            /** ContentQuery unit. */
            unit?: (sitewright.v1.Unit.$Properties|null);

            /** ContentQuery definitions. */
            definitions?: (sitewright.v1.Definitions.$Properties|null);

            /** ContentQuery manifest. */
            manifest?: (sitewright.v1.ManifestBytes.$Properties|null);

            /** ContentQuery chunks. */
            chunks?: (sitewright.v1.ChunkBytes.$Properties|null);

            /** ContentQuery file. */
            file?: (sitewright.v1.FileBytes.$Properties|null);

            /** ContentQuery body. */
            body?: ("definitions"|"manifest"|"chunks"|"file");

            /**
             * Encodes the specified ContentQuery message. Does not implicitly {@link sitewright.v1.ContentQuery.verify|verify} messages.
             * @param message ContentQuery message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.ContentQuery.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ContentQuery message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.ContentQuery & sitewright.v1.ContentQuery.$Shape} ContentQuery
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ContentQuery & sitewright.v1.ContentQuery.$Shape;
        }

        namespace ContentQuery {

            /** Properties of a ContentQuery. */
            interface $Properties {

                /** ContentQuery id */
                id?: (number|null);

                /** ContentQuery unit */
                unit?: (sitewright.v1.Unit.$Properties|null);

                /** ContentQuery definitions */
                definitions?: (sitewright.v1.Definitions.$Properties|null);

                /** ContentQuery manifest */
                manifest?: (sitewright.v1.ManifestBytes.$Properties|null);

                /** ContentQuery chunks */
                chunks?: (sitewright.v1.ChunkBytes.$Properties|null);

                /** ContentQuery file */
                file?: (sitewright.v1.FileBytes.$Properties|null);

                /** ContentQuery body */
                body?: ("definitions"|"manifest"|"chunks"|"file");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a ContentQuery. */
            type $Shape = {
              id?: number|null;
              unit?: sitewright.v1.Unit.$Shape|null;
              definitions?: sitewright.v1.Definitions.$Shape|null;
              manifest?: sitewright.v1.ManifestBytes.$Shape|null;
              chunks?: sitewright.v1.ChunkBytes.$Shape|null;
              file?: sitewright.v1.FileBytes.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; definitions?: null; manifest?: null; chunks?: null; file?: null }|{ body?: "definitions"; definitions: sitewright.v1.Definitions.$Shape; manifest?: null; chunks?: null; file?: null }|{ body?: "manifest"; definitions?: null; manifest: sitewright.v1.ManifestBytes.$Shape; chunks?: null; file?: null }|{ body?: "chunks"; definitions?: null; manifest?: null; chunks: sitewright.v1.ChunkBytes.$Shape; file?: null }|{ body?: "file"; definitions?: null; manifest?: null; chunks?: null; file: sitewright.v1.FileBytes.$Shape })
            );
        }

        /**
         * Properties of a Definitions.
         * @deprecated Use sitewright.v1.Definitions.$Properties instead.
         */
        interface IDefinitions extends sitewright.v1.Definitions.$Properties {
        }

        /** Represents a Definitions. */
        class Definitions {

            /**
             * Constructs a new Definitions.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Definitions.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Encodes the specified Definitions message. Does not implicitly {@link sitewright.v1.Definitions.verify|verify} messages.
             * @param message Definitions message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Definitions.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Definitions message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Definitions & sitewright.v1.Definitions.$Shape} Definitions
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Definitions & sitewright.v1.Definitions.$Shape;
        }

        namespace Definitions {

            /** Properties of a Definitions. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Definitions. */
            type $Shape = sitewright.v1.Definitions.$Properties;
        }

        /**
         * Properties of a ManifestBytes.
         * @deprecated Use sitewright.v1.ManifestBytes.$Properties instead.
         */
        interface IManifestBytes extends sitewright.v1.ManifestBytes.$Properties {
        }

        /** Represents a ManifestBytes. */
        class ManifestBytes {

            /**
             * Constructs a new ManifestBytes.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.ManifestBytes.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ManifestBytes digest. */
            digest: Uint8Array;

            /** ManifestBytes from. */
            from: number;

            /** ManifestBytes length. */
            length: number;

            /**
             * Encodes the specified ManifestBytes message. Does not implicitly {@link sitewright.v1.ManifestBytes.verify|verify} messages.
             * @param message ManifestBytes message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.ManifestBytes.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ManifestBytes message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.ManifestBytes & sitewright.v1.ManifestBytes.$Shape} ManifestBytes
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ManifestBytes & sitewright.v1.ManifestBytes.$Shape;
        }

        namespace ManifestBytes {

            /** Properties of a ManifestBytes. */
            interface $Properties {

                /** ManifestBytes digest */
                digest?: (Uint8Array|null);

                /** ManifestBytes from */
                from?: (number|null);

                /** ManifestBytes length */
                length?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ManifestBytes. */
            type $Shape = sitewright.v1.ManifestBytes.$Properties;
        }

        /**
         * Properties of a ChunkBytes.
         * @deprecated Use sitewright.v1.ChunkBytes.$Properties instead.
         */
        interface IChunkBytes extends sitewright.v1.ChunkBytes.$Properties {
        }

        /** Represents a ChunkBytes. */
        class ChunkBytes {

            /**
             * Constructs a new ChunkBytes.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.ChunkBytes.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ChunkBytes manifest. */
            manifest: Uint8Array;

            /** ChunkBytes ordinal. */
            ordinal: number;

            /** ChunkBytes from. */
            from: number;

            /** ChunkBytes length. */
            length: number;

            /**
             * Encodes the specified ChunkBytes message. Does not implicitly {@link sitewright.v1.ChunkBytes.verify|verify} messages.
             * @param message ChunkBytes message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.ChunkBytes.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ChunkBytes message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.ChunkBytes & sitewright.v1.ChunkBytes.$Shape} ChunkBytes
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ChunkBytes & sitewright.v1.ChunkBytes.$Shape;
        }

        namespace ChunkBytes {

            /** Properties of a ChunkBytes. */
            interface $Properties {

                /** ChunkBytes manifest */
                manifest?: (Uint8Array|null);

                /** ChunkBytes ordinal */
                ordinal?: (number|null);

                /** ChunkBytes from */
                from?: (number|null);

                /** ChunkBytes length */
                length?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ChunkBytes. */
            type $Shape = sitewright.v1.ChunkBytes.$Properties;
        }

        /**
         * Properties of a FileBytes.
         * @deprecated Use sitewright.v1.FileBytes.$Properties instead.
         */
        interface IFileBytes extends sitewright.v1.FileBytes.$Properties {
        }

        /** Represents a FileBytes. */
        class FileBytes {

            /**
             * Constructs a new FileBytes.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.FileBytes.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FileBytes path. */
            path: string;

            /** FileBytes from. */
            from: number;

            /** FileBytes length. */
            length: number;

            /**
             * Encodes the specified FileBytes message. Does not implicitly {@link sitewright.v1.FileBytes.verify|verify} messages.
             * @param message FileBytes message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.FileBytes.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FileBytes message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.FileBytes & sitewright.v1.FileBytes.$Shape} FileBytes
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.FileBytes & sitewright.v1.FileBytes.$Shape;
        }

        namespace FileBytes {

            /** Properties of a FileBytes. */
            interface $Properties {

                /** FileBytes path */
                path?: (string|null);

                /** FileBytes from */
                from?: (number|null);

                /** FileBytes length */
                length?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FileBytes. */
            type $Shape = sitewright.v1.FileBytes.$Properties;
        }

        /**
         * Properties of a PeerAccess.
         * @deprecated Use sitewright.v1.PeerAccess.$Properties instead.
         */
        interface IPeerAccess extends sitewright.v1.PeerAccess.$Properties {
        }

        /** Represents a PeerAccess. */
        class PeerAccess {

            /**
             * Constructs a new PeerAccess.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.PeerAccess.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PeerAccess key. */
            key: Uint8Array;

            /** PeerAccess now. */
            now: number;

            /** PeerAccess gone. */
            gone: string[];

            /**
             * Encodes the specified PeerAccess message. Does not implicitly {@link sitewright.v1.PeerAccess.verify|verify} messages.
             * @param message PeerAccess message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.PeerAccess.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PeerAccess message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.PeerAccess & sitewright.v1.PeerAccess.$Shape} PeerAccess
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.PeerAccess & sitewright.v1.PeerAccess.$Shape;
        }

        namespace PeerAccess {

            /** Properties of a PeerAccess. */
            interface $Properties {

                /** PeerAccess key */
                key?: (Uint8Array|null);

                /** PeerAccess now */
                now?: (number|null);

                /** PeerAccess gone */
                gone?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PeerAccess. */
            type $Shape = sitewright.v1.PeerAccess.$Properties;
        }

        /**
         * Properties of a ManifestHeader.
         * @deprecated Use sitewright.v1.ManifestHeader.$Properties instead.
         */
        interface IManifestHeader extends sitewright.v1.ManifestHeader.$Properties {
        }

        /** Represents a ManifestHeader. */
        class ManifestHeader {

            /**
             * Constructs a new ManifestHeader.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.ManifestHeader.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ManifestHeader format. */
            format: number;

            /** ManifestHeader hash. */
            hash: string;

            /** ManifestHeader chunking. */
            chunking: string;

            /** ManifestHeader unit. */
            unit?: (sitewright.v1.Unit.$Properties|null);

            /** ManifestHeader owned. */
            owned: sitewright.v1.OwnedPath.$Properties[];

            /**
             * Encodes the specified ManifestHeader message. Does not implicitly {@link sitewright.v1.ManifestHeader.verify|verify} messages.
             * @param message ManifestHeader message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.ManifestHeader.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ManifestHeader message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.ManifestHeader & sitewright.v1.ManifestHeader.$Shape} ManifestHeader
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ManifestHeader & sitewright.v1.ManifestHeader.$Shape;
        }

        namespace ManifestHeader {

            /** Properties of a ManifestHeader. */
            interface $Properties {

                /** ManifestHeader format */
                format?: (number|null);

                /** ManifestHeader hash */
                hash?: (string|null);

                /** ManifestHeader chunking */
                chunking?: (string|null);

                /** ManifestHeader unit */
                unit?: (sitewright.v1.Unit.$Properties|null);

                /** ManifestHeader owned */
                owned?: (sitewright.v1.OwnedPath.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ManifestHeader. */
            type $Shape = sitewright.v1.ManifestHeader.$Properties;
        }

        /** OwnedKind enum. */
        enum OwnedKind {

            /** OWNED_UNSPECIFIED value */
            OWNED_UNSPECIFIED = 0,

            /** OWNED_FOLDER value */
            OWNED_FOLDER = 1,

            /** OWNED_FILE value */
            OWNED_FILE = 2
        }

        /** Rights enum. */
        enum Rights {

            /** RIGHTS_UNSPECIFIED value */
            RIGHTS_UNSPECIFIED = 0,

            /** CLIENTS_READ value */
            CLIENTS_READ = 1,

            /** CLIENTS_WRITE value */
            CLIENTS_WRITE = 2
        }

        /**
         * Properties of an OwnedPath.
         * @deprecated Use sitewright.v1.OwnedPath.$Properties instead.
         */
        interface IOwnedPath extends sitewright.v1.OwnedPath.$Properties {
        }

        /** Represents an OwnedPath. */
        class OwnedPath {

            /**
             * Constructs a new OwnedPath.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.OwnedPath.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** OwnedPath path. */
            path: string;

            /** OwnedPath kind. */
            kind: sitewright.v1.OwnedKind;

            /** OwnedPath rights. */
            rights: sitewright.v1.Rights;

            /**
             * Encodes the specified OwnedPath message. Does not implicitly {@link sitewright.v1.OwnedPath.verify|verify} messages.
             * @param message OwnedPath message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.OwnedPath.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an OwnedPath message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.OwnedPath & sitewright.v1.OwnedPath.$Shape} OwnedPath
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.OwnedPath & sitewright.v1.OwnedPath.$Shape;
        }

        namespace OwnedPath {

            /** Properties of an OwnedPath. */
            interface $Properties {

                /** OwnedPath path */
                path?: (string|null);

                /** OwnedPath kind */
                kind?: (sitewright.v1.OwnedKind|null);

                /** OwnedPath rights */
                rights?: (sitewright.v1.Rights|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an OwnedPath. */
            type $Shape = sitewright.v1.OwnedPath.$Properties;
        }

        /**
         * Properties of a ManifestEntry.
         * @deprecated Use sitewright.v1.ManifestEntry.$Properties instead.
         */
        interface IManifestEntry extends sitewright.v1.ManifestEntry.$Properties {
        }

        /** Represents a ManifestEntry. */
        class ManifestEntry {

            /**
             * Constructs a new ManifestEntry.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.ManifestEntry.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ManifestEntry path. */
            path: string;

            /** ManifestEntry folder. */
            folder?: (sitewright.v1.ManifestEntry.Folder.$Properties|null);

            /** ManifestEntry file. */
            file?: (sitewright.v1.ManifestEntry.File.$Properties|null);

            /** ManifestEntry link. */
            link?: (sitewright.v1.ManifestEntry.Link.$Properties|null);

            /** ManifestEntry body. */
            body?: ("folder"|"file"|"link");

            /**
             * Encodes the specified ManifestEntry message. Does not implicitly {@link sitewright.v1.ManifestEntry.verify|verify} messages.
             * @param message ManifestEntry message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.ManifestEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ManifestEntry message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.ManifestEntry & sitewright.v1.ManifestEntry.$Shape} ManifestEntry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ManifestEntry & sitewright.v1.ManifestEntry.$Shape;
        }

        namespace ManifestEntry {

            /** Properties of a ManifestEntry. */
            interface $Properties {

                /** ManifestEntry path */
                path?: (string|null);

                /** ManifestEntry folder */
                folder?: (sitewright.v1.ManifestEntry.Folder.$Properties|null);

                /** ManifestEntry file */
                file?: (sitewright.v1.ManifestEntry.File.$Properties|null);

                /** ManifestEntry link */
                link?: (sitewright.v1.ManifestEntry.Link.$Properties|null);

                /** ManifestEntry body */
                body?: ("folder"|"file"|"link");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a ManifestEntry. */
            type $Shape = {
              path?: string|null;
              folder?: sitewright.v1.ManifestEntry.Folder.$Shape|null;
              file?: sitewright.v1.ManifestEntry.File.$Shape|null;
              link?: sitewright.v1.ManifestEntry.Link.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; folder?: null; file?: null; link?: null }|{ body?: "folder"; folder: sitewright.v1.ManifestEntry.Folder.$Shape; file?: null; link?: null }|{ body?: "file"; folder?: null; file: sitewright.v1.ManifestEntry.File.$Shape; link?: null }|{ body?: "link"; folder?: null; file?: null; link: sitewright.v1.ManifestEntry.Link.$Shape })
            );

            /**
             * Properties of a Folder.
             * @deprecated Use sitewright.v1.ManifestEntry.Folder.$Properties instead.
             */
            interface IFolder extends sitewright.v1.ManifestEntry.Folder.$Properties {
            }

            /** Represents a Folder. */
            class Folder {

                /**
                 * Constructs a new Folder.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sitewright.v1.ManifestEntry.Folder.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Folder mode. */
                mode: number;

                /**
                 * Encodes the specified Folder message. Does not implicitly {@link sitewright.v1.ManifestEntry.Folder.verify|verify} messages.
                 * @param message Folder message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sitewright.v1.ManifestEntry.Folder.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Folder message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sitewright.v1.ManifestEntry.Folder & sitewright.v1.ManifestEntry.Folder.$Shape} Folder
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ManifestEntry.Folder & sitewright.v1.ManifestEntry.Folder.$Shape;
            }

            namespace Folder {

                /** Properties of a Folder. */
                interface $Properties {

                    /** Folder mode */
                    mode?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Folder. */
                type $Shape = sitewright.v1.ManifestEntry.Folder.$Properties;
            }

            /**
             * Properties of a File.
             * @deprecated Use sitewright.v1.ManifestEntry.File.$Properties instead.
             */
            interface IFile extends sitewright.v1.ManifestEntry.File.$Properties {
            }

            /** Represents a File. */
            class File {

                /**
                 * Constructs a new File.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sitewright.v1.ManifestEntry.File.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** File mode. */
                mode: number;

                /** File size. */
                size: number;

                /** File modified. */
                modified: number;

                /** File chunkDigests. */
                chunkDigests: Uint8Array;

                /** File chunkSizes. */
                chunkSizes: number[];

                /**
                 * Encodes the specified File message. Does not implicitly {@link sitewright.v1.ManifestEntry.File.verify|verify} messages.
                 * @param message File message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sitewright.v1.ManifestEntry.File.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a File message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sitewright.v1.ManifestEntry.File & sitewright.v1.ManifestEntry.File.$Shape} File
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ManifestEntry.File & sitewright.v1.ManifestEntry.File.$Shape;
            }

            namespace File {

                /** Properties of a File. */
                interface $Properties {

                    /** File mode */
                    mode?: (number|null);

                    /** File size */
                    size?: (number|null);

                    /** File modified */
                    modified?: (number|null);

                    /** File chunkDigests */
                    chunkDigests?: (Uint8Array|null);

                    /** File chunkSizes */
                    chunkSizes?: (number[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a File. */
                type $Shape = sitewright.v1.ManifestEntry.File.$Properties;
            }

            /**
             * Properties of a Link.
             * @deprecated Use sitewright.v1.ManifestEntry.Link.$Properties instead.
             */
            interface ILink extends sitewright.v1.ManifestEntry.Link.$Properties {
            }

            /** Represents a Link. */
            class Link {

                /**
                 * Constructs a new Link.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sitewright.v1.ManifestEntry.Link.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Link target. */
                target: string;

                /**
                 * Encodes the specified Link message. Does not implicitly {@link sitewright.v1.ManifestEntry.Link.verify|verify} messages.
                 * @param message Link message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sitewright.v1.ManifestEntry.Link.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Link message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sitewright.v1.ManifestEntry.Link & sitewright.v1.ManifestEntry.Link.$Shape} Link
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.ManifestEntry.Link & sitewright.v1.ManifestEntry.Link.$Shape;
            }

            namespace Link {

                /** Properties of a Link. */
                interface $Properties {

                    /** Link target */
                    target?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Link. */
                type $Shape = sitewright.v1.ManifestEntry.Link.$Properties;
            }
        }

        /**
         * Properties of a Signed.
         * @deprecated Use sitewright.v1.Signed.$Properties instead.
         */
        interface ISigned extends sitewright.v1.Signed.$Properties {
        }

        /** Represents a Signed. */
        class Signed {

            /**
             * Constructs a new Signed.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.Signed.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Signed body. */
            body: Uint8Array;

            /** Signed signature. */
            signature: Uint8Array;

            /** Signed ca. */
            ca: string;

            /** Signed statements. */
            statements: string[];

            /**
             * Encodes the specified Signed message. Does not implicitly {@link sitewright.v1.Signed.verify|verify} messages.
             * @param message Signed message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.Signed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Signed message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.Signed & sitewright.v1.Signed.$Shape} Signed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.Signed & sitewright.v1.Signed.$Shape;
        }

        namespace Signed {

            /** Properties of a Signed. */
            interface $Properties {

                /** Signed body */
                body?: (Uint8Array|null);

                /** Signed signature */
                signature?: (Uint8Array|null);

                /** Signed ca */
                ca?: (string|null);

                /** Signed statements */
                statements?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Signed. */
            type $Shape = sitewright.v1.Signed.$Properties;
        }

        /**
         * Properties of a MediaTable.
         * @deprecated Use sitewright.v1.MediaTable.$Properties instead.
         */
        interface IMediaTable extends sitewright.v1.MediaTable.$Properties {
        }

        /** Represents a MediaTable. */
        class MediaTable {

            /**
             * Constructs a new MediaTable.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaTable.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaTable format. */
            format: number;

            /** MediaTable coordinator. */
            coordinator: string;

            /** MediaTable medium. */
            medium: string;

            /** MediaTable madeAt. */
            madeAt: number;

            /** MediaTable generation. */
            generation?: (sitewright.v1.Generation.$Properties|null);

            /** MediaTable orders. */
            orders: sitewright.v1.MediaOrder.$Properties[];

            /** MediaTable manifests. */
            manifests: sitewright.v1.MediaManifest.$Properties[];

            /** MediaTable packs. */
            packs: sitewright.v1.MediaPack.$Properties[];

            /** MediaTable volumes. */
            volumes: number;

            /** MediaTable parity. */
            parity: boolean;

            /** MediaTable files. */
            files: sitewright.v1.MediaFile.$Properties[];

            /** MediaTable keys. */
            keys: sitewright.v1.MediaKey.$Properties[];

            /** MediaTable parityDigests. */
            parityDigests: Uint8Array[];

            /** MediaTable acceptOlder. */
            acceptOlder: boolean;

            /**
             * Encodes the specified MediaTable message. Does not implicitly {@link sitewright.v1.MediaTable.verify|verify} messages.
             * @param message MediaTable message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaTable.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaTable message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaTable & sitewright.v1.MediaTable.$Shape} MediaTable
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaTable & sitewright.v1.MediaTable.$Shape;
        }

        namespace MediaTable {

            /** Properties of a MediaTable. */
            interface $Properties {

                /** MediaTable format */
                format?: (number|null);

                /** MediaTable coordinator */
                coordinator?: (string|null);

                /** MediaTable medium */
                medium?: (string|null);

                /** MediaTable madeAt */
                madeAt?: (number|null);

                /** MediaTable generation */
                generation?: (sitewright.v1.Generation.$Properties|null);

                /** MediaTable orders */
                orders?: (sitewright.v1.MediaOrder.$Properties[]|null);

                /** MediaTable manifests */
                manifests?: (sitewright.v1.MediaManifest.$Properties[]|null);

                /** MediaTable packs */
                packs?: (sitewright.v1.MediaPack.$Properties[]|null);

                /** MediaTable volumes */
                volumes?: (number|null);

                /** MediaTable parity */
                parity?: (boolean|null);

                /** MediaTable files */
                files?: (sitewright.v1.MediaFile.$Properties[]|null);

                /** MediaTable keys */
                keys?: (sitewright.v1.MediaKey.$Properties[]|null);

                /** MediaTable parityDigests */
                parityDigests?: (Uint8Array[]|null);

                /** MediaTable acceptOlder */
                acceptOlder?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaTable. */
            type $Shape = sitewright.v1.MediaTable.$Properties;
        }

        /**
         * Properties of a MediaOrder.
         * @deprecated Use sitewright.v1.MediaOrder.$Properties instead.
         */
        interface IMediaOrder extends sitewright.v1.MediaOrder.$Properties {
        }

        /** Represents a MediaOrder. */
        class MediaOrder {

            /**
             * Constructs a new MediaOrder.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaOrder.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaOrder system. */
            system: string;

            /** MediaOrder manifest. */
            manifest: number;

            /** MediaOrder graceMs. */
            graceMs: number;

            /** MediaOrder lineMs. */
            lineMs: number;

            /**
             * Encodes the specified MediaOrder message. Does not implicitly {@link sitewright.v1.MediaOrder.verify|verify} messages.
             * @param message MediaOrder message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaOrder.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaOrder message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaOrder & sitewright.v1.MediaOrder.$Shape} MediaOrder
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaOrder & sitewright.v1.MediaOrder.$Shape;
        }

        namespace MediaOrder {

            /** Properties of a MediaOrder. */
            interface $Properties {

                /** MediaOrder system */
                system?: (string|null);

                /** MediaOrder manifest */
                manifest?: (number|null);

                /** MediaOrder graceMs */
                graceMs?: (number|null);

                /** MediaOrder lineMs */
                lineMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaOrder. */
            type $Shape = sitewright.v1.MediaOrder.$Properties;
        }

        /**
         * Properties of a MediaManifest.
         * @deprecated Use sitewright.v1.MediaManifest.$Properties instead.
         */
        interface IMediaManifest extends sitewright.v1.MediaManifest.$Properties {
        }

        /** Represents a MediaManifest. */
        class MediaManifest {

            /**
             * Constructs a new MediaManifest.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaManifest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaManifest unit. */
            unit?: (sitewright.v1.Unit.$Properties|null);

            /** MediaManifest digest. */
            digest: Uint8Array;

            /** MediaManifest bytes. */
            bytes: number;

            /** MediaManifest files. */
            files: number;

            /** MediaManifest sourceBytes. */
            sourceBytes: number;

            /** MediaManifest sourceVersion. */
            sourceVersion: number;

            /** MediaManifest content. */
            content: string;

            /** MediaManifest stored. */
            stored: Uint8Array;

            /** MediaManifest counts. */
            counts: number[];

            /** MediaManifest packs. */
            packs: number[];

            /** MediaManifest offsets. */
            offsets: number[];

            /**
             * Encodes the specified MediaManifest message. Does not implicitly {@link sitewright.v1.MediaManifest.verify|verify} messages.
             * @param message MediaManifest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaManifest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaManifest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaManifest & sitewright.v1.MediaManifest.$Shape} MediaManifest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaManifest & sitewright.v1.MediaManifest.$Shape;
        }

        namespace MediaManifest {

            /** Properties of a MediaManifest. */
            interface $Properties {

                /** MediaManifest unit */
                unit?: (sitewright.v1.Unit.$Properties|null);

                /** MediaManifest digest */
                digest?: (Uint8Array|null);

                /** MediaManifest bytes */
                bytes?: (number|null);

                /** MediaManifest files */
                files?: (number|null);

                /** MediaManifest sourceBytes */
                sourceBytes?: (number|null);

                /** MediaManifest sourceVersion */
                sourceVersion?: (number|null);

                /** MediaManifest content */
                content?: (string|null);

                /** MediaManifest stored */
                stored?: (Uint8Array|null);

                /** MediaManifest counts */
                counts?: (number[]|null);

                /** MediaManifest packs */
                packs?: (number[]|null);

                /** MediaManifest offsets */
                offsets?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaManifest. */
            type $Shape = sitewright.v1.MediaManifest.$Properties;
        }

        /**
         * Properties of a MediaPack.
         * @deprecated Use sitewright.v1.MediaPack.$Properties instead.
         */
        interface IMediaPack extends sitewright.v1.MediaPack.$Properties {
        }

        /** Represents a MediaPack. */
        class MediaPack {

            /**
             * Constructs a new MediaPack.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaPack.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaPack volume. */
            volume: number;

            /** MediaPack bytes. */
            bytes: number;

            /** MediaPack digest. */
            digest: Uint8Array;

            /**
             * Encodes the specified MediaPack message. Does not implicitly {@link sitewright.v1.MediaPack.verify|verify} messages.
             * @param message MediaPack message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaPack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaPack message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaPack & sitewright.v1.MediaPack.$Shape} MediaPack
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaPack & sitewright.v1.MediaPack.$Shape;
        }

        namespace MediaPack {

            /** Properties of a MediaPack. */
            interface $Properties {

                /** MediaPack volume */
                volume?: (number|null);

                /** MediaPack bytes */
                bytes?: (number|null);

                /** MediaPack digest */
                digest?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaPack. */
            type $Shape = sitewright.v1.MediaPack.$Properties;
        }

        /**
         * Properties of a MediaFile.
         * @deprecated Use sitewright.v1.MediaFile.$Properties instead.
         */
        interface IMediaFile extends sitewright.v1.MediaFile.$Properties {
        }

        /** Represents a MediaFile. */
        class MediaFile {

            /**
             * Constructs a new MediaFile.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaFile.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaFile path. */
            path: string;

            /** MediaFile bytes. */
            bytes: number;

            /** MediaFile digest. */
            digest: Uint8Array;

            /**
             * Encodes the specified MediaFile message. Does not implicitly {@link sitewright.v1.MediaFile.verify|verify} messages.
             * @param message MediaFile message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaFile.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaFile message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaFile & sitewright.v1.MediaFile.$Shape} MediaFile
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaFile & sitewright.v1.MediaFile.$Shape;
        }

        namespace MediaFile {

            /** Properties of a MediaFile. */
            interface $Properties {

                /** MediaFile path */
                path?: (string|null);

                /** MediaFile bytes */
                bytes?: (number|null);

                /** MediaFile digest */
                digest?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaFile. */
            type $Shape = sitewright.v1.MediaFile.$Properties;
        }

        /**
         * Properties of a MediaKey.
         * @deprecated Use sitewright.v1.MediaKey.$Properties instead.
         */
        interface IMediaKey extends sitewright.v1.MediaKey.$Properties {
        }

        /** Represents a MediaKey. */
        class MediaKey {

            /**
             * Constructs a new MediaKey.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaKey.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaKey system. */
            system: string;

            /** MediaKey ephemeral. */
            ephemeral: Uint8Array;

            /** MediaKey sealed. */
            sealed: Uint8Array;

            /**
             * Encodes the specified MediaKey message. Does not implicitly {@link sitewright.v1.MediaKey.verify|verify} messages.
             * @param message MediaKey message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaKey.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaKey message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaKey & sitewright.v1.MediaKey.$Shape} MediaKey
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaKey & sitewright.v1.MediaKey.$Shape;
        }

        namespace MediaKey {

            /** Properties of a MediaKey. */
            interface $Properties {

                /** MediaKey system */
                system?: (string|null);

                /** MediaKey ephemeral */
                ephemeral?: (Uint8Array|null);

                /** MediaKey sealed */
                sealed?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaKey. */
            type $Shape = sitewright.v1.MediaKey.$Properties;
        }

        /**
         * Properties of a MediaNeeds.
         * @deprecated Use sitewright.v1.MediaNeeds.$Properties instead.
         */
        interface IMediaNeeds extends sitewright.v1.MediaNeeds.$Properties {
        }

        /** Represents a MediaNeeds. */
        class MediaNeeds {

            /**
             * Constructs a new MediaNeeds.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaNeeds.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaNeeds format. */
            format: number;

            /** MediaNeeds coordinator. */
            coordinator: string;

            /** MediaNeeds system. */
            system: string;

            /** MediaNeeds madeAt. */
            madeAt: number;

            /** MediaNeeds key. */
            key: Uint8Array;

            /** MediaNeeds messages. */
            messages: Uint8Array[];

            /** MediaNeeds packages. */
            packages: string[];

            /**
             * Encodes the specified MediaNeeds message. Does not implicitly {@link sitewright.v1.MediaNeeds.verify|verify} messages.
             * @param message MediaNeeds message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaNeeds.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaNeeds message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaNeeds & sitewright.v1.MediaNeeds.$Shape} MediaNeeds
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaNeeds & sitewright.v1.MediaNeeds.$Shape;
        }

        namespace MediaNeeds {

            /** Properties of a MediaNeeds. */
            interface $Properties {

                /** MediaNeeds format */
                format?: (number|null);

                /** MediaNeeds coordinator */
                coordinator?: (string|null);

                /** MediaNeeds system */
                system?: (string|null);

                /** MediaNeeds madeAt */
                madeAt?: (number|null);

                /** MediaNeeds key */
                key?: (Uint8Array|null);

                /** MediaNeeds messages */
                messages?: (Uint8Array[]|null);

                /** MediaNeeds packages */
                packages?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaNeeds. */
            type $Shape = sitewright.v1.MediaNeeds.$Properties;
        }

        /**
         * Properties of a MediaReceipt.
         * @deprecated Use sitewright.v1.MediaReceipt.$Properties instead.
         */
        interface IMediaReceipt extends sitewright.v1.MediaReceipt.$Properties {
        }

        /** Represents a MediaReceipt. */
        class MediaReceipt {

            /**
             * Constructs a new MediaReceipt.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaReceipt.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaReceipt format. */
            format: number;

            /** MediaReceipt coordinator. */
            coordinator: string;

            /** MediaReceipt system. */
            system: string;

            /** MediaReceipt medium. */
            medium: string;

            /** MediaReceipt madeAt. */
            madeAt: number;

            /** MediaReceipt lastResult. */
            lastResult: number;

            /** MediaReceipt units. */
            units: sitewright.v1.MediaUnitReport.$Properties[];

            /** MediaReceipt messages. */
            messages: Uint8Array[];

            /** MediaReceipt log. */
            log: string[];

            /**
             * Encodes the specified MediaReceipt message. Does not implicitly {@link sitewright.v1.MediaReceipt.verify|verify} messages.
             * @param message MediaReceipt message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaReceipt.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaReceipt message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaReceipt & sitewright.v1.MediaReceipt.$Shape} MediaReceipt
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaReceipt & sitewright.v1.MediaReceipt.$Shape;
        }

        namespace MediaReceipt {

            /** Properties of a MediaReceipt. */
            interface $Properties {

                /** MediaReceipt format */
                format?: (number|null);

                /** MediaReceipt coordinator */
                coordinator?: (string|null);

                /** MediaReceipt system */
                system?: (string|null);

                /** MediaReceipt medium */
                medium?: (string|null);

                /** MediaReceipt madeAt */
                madeAt?: (number|null);

                /** MediaReceipt lastResult */
                lastResult?: (number|null);

                /** MediaReceipt units */
                units?: (sitewright.v1.MediaUnitReport.$Properties[]|null);

                /** MediaReceipt messages */
                messages?: (Uint8Array[]|null);

                /** MediaReceipt log */
                log?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaReceipt. */
            type $Shape = sitewright.v1.MediaReceipt.$Properties;
        }

        /**
         * Properties of a MediaUnitReport.
         * @deprecated Use sitewright.v1.MediaUnitReport.$Properties instead.
         */
        interface IMediaUnitReport extends sitewright.v1.MediaUnitReport.$Properties {
        }

        /** Represents a MediaUnitReport. */
        class MediaUnitReport {

            /**
             * Constructs a new MediaUnitReport.
             * @param [properties] Properties to set
             */
            constructor(properties?: sitewright.v1.MediaUnitReport.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** MediaUnitReport unit. */
            unit?: (sitewright.v1.Unit.$Properties|null);

            /** MediaUnitReport state. */
            state: string;

            /** MediaUnitReport manifest. */
            manifest: Uint8Array;

            /** MediaUnitReport code. */
            code: string;

            /** MediaUnitReport message. */
            message: string;

            /**
             * Encodes the specified MediaUnitReport message. Does not implicitly {@link sitewright.v1.MediaUnitReport.verify|verify} messages.
             * @param message MediaUnitReport message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: sitewright.v1.MediaUnitReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a MediaUnitReport message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {sitewright.v1.MediaUnitReport & sitewright.v1.MediaUnitReport.$Shape} MediaUnitReport
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sitewright.v1.MediaUnitReport & sitewright.v1.MediaUnitReport.$Shape;
        }

        namespace MediaUnitReport {

            /** Properties of a MediaUnitReport. */
            interface $Properties {

                /** MediaUnitReport unit */
                unit?: (sitewright.v1.Unit.$Properties|null);

                /** MediaUnitReport state */
                state?: (string|null);

                /** MediaUnitReport manifest */
                manifest?: (Uint8Array|null);

                /** MediaUnitReport code */
                code?: (string|null);

                /** MediaUnitReport message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a MediaUnitReport. */
            type $Shape = sitewright.v1.MediaUnitReport.$Properties;
        }
    }
}
