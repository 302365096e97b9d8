# cmake --install BUILD --component client: all that find_package(liaison) needs elsewhere.
include(CMakePackageConfigHelpers)

set_target_properties(liaison_client PROPERTIES EXPORT_NAME client)
set_target_properties(liaison_client_mocks PROPERTIES EXPORT_NAME client_mocks)
install(
  TARGETS liaison_client liaison_client_core liaison_client_mocks
          liaison_record liaison_proto liaison_grpc
  EXPORT liaisonTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client)

install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include/ ${CMAKE_CURRENT_SOURCE_DIR}/mocks/include/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT client FILES_MATCHING PATTERN *.h)
# The messages; how they travel is the library's own affair.
install(DIRECTORY ${PROJECT_BINARY_DIR}/proto/generated/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT client
        FILES_MATCHING PATTERN *.pb.h PATTERN *.grpc.pb.h EXCLUDE)
# Of proto/record, what our headers include and what a partner needs to check a record offline.
install(FILES
  ${PROJECT_SOURCE_DIR}/proto/record/error_reason.h
  ${PROJECT_SOURCE_DIR}/proto/record/errors.h
  ${PROJECT_SOURCE_DIR}/proto/record/hash.h
  ${PROJECT_SOURCE_DIR}/proto/record/leaf.h
  ${PROJECT_SOURCE_DIR}/proto/record/limits.h
  ${PROJECT_SOURCE_DIR}/proto/record/pae.h
  ${PROJECT_SOURCE_DIR}/proto/record/proof.h
  ${PROJECT_SOURCE_DIR}/proto/record/signature.h
  ${PROJECT_SOURCE_DIR}/proto/record/uuid.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/proto/record COMPONENT client)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/liaison)
install(EXPORT liaisonTargets NAMESPACE liaison:: DESTINATION ${package_dir} COMPONENT client)
configure_package_config_file(liaisonConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/liaisonConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/liaisonConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/liaisonConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/liaisonConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT client)
